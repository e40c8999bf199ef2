#include "screening/dns_list.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "fuzz.h"

// Patterns count what they enclose and nothing outside 127.0.0.0/8. A question stands below the zone it is put to.
FUZZ(text) {
    const auto pattern = screening::parse_answer_pattern(text);
    if (pattern) VERIFY(pattern->first <= pattern->last && (pattern->mask & pattern->first) == 0);
    std::uint32_t number = 0;
    std::memcpy(&number, text.data(), std::min(text.size(), sizeof number));
    const dns::Answer answer{.outcome = dns::Outcome::Insecure,
                             .existence = dns::Existence::Found,
                             .records = {{dns::Name(), dns::Type::A, 1, dns::Host{ip::v4(number)}}}};
    const auto counted = screening::listings(answer, {});
    VERIFY(counted.empty() == screening::complaint(answer).has_value());
    VERIFY(counted.empty() || number >> 24 == 127);
    if (pattern)
        VERIFY(screening::listings(answer, {*pattern}).empty() == (counted.empty() || !matches(*pattern, number)));

    const auto zone = dns::parse_name("list.example").value();
    const auto name = dns::parse_name(text);
    if (!name) return;
    if (const auto question = screening::question_about(*name, zone))
        VERIFY(question->name.is_below(zone) &&
               question->name.label_count() == name->label_count() + zone.label_count());
}
