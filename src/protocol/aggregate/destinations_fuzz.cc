#include <fmt/format.h>

#include "aggregate/destinations.h"
#include "dkim/tag_list.h"
#include "fuzz.h"
#include "smtp/path.h"
#include "text/ascii.h"

namespace {

dns::Answer answer_of(const dns::Question& question, std::string_view line) {
    if (line == "!") return dns::failed("");
    dns::Answer answer{.outcome = dns::Outcome::Insecure, .existence = dns::Existence::NoName, .records = {}};
    if (!line.starts_with("v=")) return answer;
    answer.existence = dns::Existence::Found;
    answer.records.push_back({question.name, question.type, 1, dns::Txt{{std::string(line)}}});
    return answer;
}

bool is_at(const std::string& address, std::string_view domain) {
    return text::equal_ignoring_case(std::string_view(address).substr(address.rfind('@') + 1), domain);
}

}  // namespace

// Whoever is named and whatever is answered, it ends within its limits, with mailboxes; and without a record of theirs
// nobody gets reports who is outside. The first line is the domain, the second its rua=; the others are answered, one a
// question.
FUZZ(input) {
    const auto lines = dkim::split_trimmed(input.substr(0, 4096), '\n');
    if (lines.size() < 2) return;
    const auto domain = lines[0];
    if (domain.empty() || domain.ends_with('.') || !dns::parse_name(domain) ||
        domain.find_first_not_of("abcdefghijklmnopqrstuvwxyz.") != std::string_view::npos)
        return;
    const auto record = dmarc::parse_record(fmt::format("v=DMARC1; p=none; rua={}", lines[1]));
    if (!record) return;
    aggregate::Destinations destinations(std::string(domain), record->aggregate_reports);
    std::size_t asked = 0;
    bool has_record = false;
    while (const auto question = destinations.question()) {
        const auto answer = answer_of(*question, lines.size() > 2 + asked ? lines[2 + asked] : std::string_view());
        has_record = has_record || answer.has_records();
        destinations.answer(answer);
        VERIFY(++asked <= dmarc::most_steps + dmarc::most_report_uris * (dmarc::most_steps + 1));
    }
    VERIFY(destinations.found().size() <= 2 * dmarc::most_report_uris);
    for (const auto& found : destinations.found()) {
        VERIFY(smtp::parse_mailbox(found.address, smtp::Utf8::Refused).has_value());
        VERIFY(has_record || is_at(found.address, domain));
    }
}
