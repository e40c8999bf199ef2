#include "spf/check.h"

#include <algorithm>
#include <set>

#include "dns/table.h"
#include "fuzz.h"
#include "spf/received.h"
#include "text/ascii.h"

namespace {

spf::Report evaluate(const spf::Request& request, const spf::Policy& policy, const dns::Table& table) {
    spf::Check check(request, policy);
    std::set<dns::Question> asked;
    while (const auto& question = check.question()) {
        VERIFY(asked.insert(*question).second);  // nothing is asked twice
        VERIFY(asked.size() <= spf::most_questions);
        check.answer(table.answer(*question));
    }
    return check.report();
}

}  // namespace

// The first line is a sender, the second a HELO name, the rest the whole DNS. A check comes to an end within its
// limits; what is said of it is one line of printable text. It passes only where the name exists, and the same without
// its trace.
FUZZ(input) {
    const auto take_line = [&input] {
        const auto end = std::min(input.find('\n'), input.size());
        const auto line = input.substr(0, end);
        input.remove_prefix(std::min(end + 1, input.size()));
        return std::string(line);
    };
    spf::Request request{.client = ip::v4(0xc0000201), .helo = {}, .mail_from = take_line()};
    request.helo = take_line();
    const auto table = dns::parse_table(input);
    if (!table) return;
    static const spf::Policy plain;
    static const spf::Policy ours{.local_rules = spf::parse_rules("include:b.example mx").value(),
                                  .guess = spf::parse_rules("a/24 mx/24 ptr").value(),
                                  .is_traced = true};
    static const spf::Policy traced{.is_traced = true};
    for (const auto& client : {ip::v4(0xc0000201), ip::parse_address("2001:db8::1").value()}) {
        request.client = client;
        auto report = evaluate(request, traced, *table);
        const auto untraced = evaluate(request, plain, *table);
        report.steps.clear();
        VERIFY(report == untraced);
        VERIFY(report.lookups <= spf::most_lookups + 1 && report.void_lookups <= 3);
        VERIFY((report.result == spf::Result::Fail) == !report.explanation.empty());
        VERIFY(report.explanation.size() <= spf::longest_explanation);
        for (const auto form : {spf::ReceivedForm::Standard, spf::ReceivedForm::Qmail})
            VERIFY(std::ranges::all_of(spf::received_spf(request, report, form), text::is_printable));
        // Rules of ours may only let pass what did not, and leave errors of the sender's record alone.
        const auto with_ours = evaluate(request, ours, *table);
        if (report.result == spf::Result::Pass || report.result == spf::Result::PermError)
            VERIFY(with_ours.result == report.result);
    }
}
