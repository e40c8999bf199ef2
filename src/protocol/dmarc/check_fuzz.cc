#include "dmarc/check.h"

#include "dkim/tag_list.h"
#include "fuzz.h"

// Whatever the DNS answers, a check ends within its limits, asks nothing twice, and passes only what is aligned. The
// first line is the author domain, the second another identifier; the others are answered, one a question.
FUZZ(input) {
    auto lines = dkim::split_trimmed(input.substr(0, 4096), '\n');
    if (lines.size() < 2) return;
    for (const auto name : {lines[0], lines[1]})
        if (name.empty() || name.find_first_not_of("abcdefghijklmnopqrstuvwxyz.") != std::string_view::npos ||
            !dns::parse_name(name) || name.ends_with('.'))
            return;
    dmarc::Check check(
        {.author_domain = std::string(lines[0]), .spf_domain = "", .dkim_domains = {std::string(lines[1])}});
    std::size_t asked = 0;
    std::vector<dns::Question> questions;
    while (const auto& question = check.question()) {
        for (const auto& earlier : questions) VERIFY(earlier != *question);
        questions.push_back(*question);
        dns::Answer answer{.outcome = dns::Outcome::Insecure, .existence = dns::Existence::NoName, .records = {}};
        const auto line = lines.size() > 2 + asked ? lines[2 + asked] : std::string_view();
        if (line == "!") answer = dns::failed("");
        if (line.starts_with("v=")) {
            answer.existence = dns::Existence::Found;
            answer.records.push_back({question->name, question->type, 1, dns::Txt{{std::string(line)}}});
            if (const auto record = dmarc::parse_record(line))
                VERIFY(record->aggregate_reports.size() <= dmarc::most_report_uris);
        }
        check.answer(answer);
        VERIFY(++asked <= 2 * dmarc::most_steps + 1);
    }
    const auto& report = check.report();
    VERIFY(!report.spf_aligned);
    VERIFY((report.result == dmarc::Result::Pass) == report.dkim_aligned);
    VERIFY(report.policy.has_value() == !report.policy_domain.empty());
    if (report.result != dmarc::Result::Fail) VERIFY(report.disposition == dmarc::Policy::None);
}
