#pragma once
// DNS lists of addresses and of names, black and white: how they are asked, and which answers count. RFC 5782.
//
// Hostile: a list may be dead, sold, or answer everything; what it says is believed only within 127.0.0.0/8, and not
// where it complains about the question.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dns/answer.h"
#include "dns/name.h"
#include "ip/address.h"

namespace screening {

/// Which answers of a list count: "127.0.0.4", "127.0.0.2-127.0.0.11", "127.0.0.0/28", or "127.0.0.0&0.0.0.6", of
/// which an answer must have all octets outside the mask and one bit within it.
struct AnswerPattern {
    std::uint32_t first = 0;
    std::uint32_t last = 0xffff'ffff;
    std::uint32_t mask = 0;  // 0: a range
    bool operator==(const AnswerPattern&) const = default;
};
std::optional<AnswerPattern> parse_answer_pattern(std::string_view text);
bool matches(const AnswerPattern& pattern, std::uint32_t answer);

/// "7.2.0.192.zone"; of IPv6 its nibbles (§2.1, §2.4).
dns::Question question_about(const ip::Address& address, const dns::Name& zone);
/// "example.net.zone" (§3); nothing where that is too long, and of the root.
std::optional<dns::Question> question_about(const dns::Name& name, const dns::Name& zone);

/// What must be listed, and what never may be: a list that answers otherwise is broken (§5).
dns::Question question_about_life(const dns::Name& zone, bool is_of_names);    // 127.0.0.2; "test"
dns::Question question_about_sanity(const dns::Name& zone, bool is_of_names);  // 127.0.0.1; "invalid"

/// What the list says, as far as it counts: addresses in 127.0.0.0/8, but 127.255.255.0/24, by which operators refuse
/// those who ask too much or by a public resolver. Without patterns everything counts.
std::vector<ip::Address> listings(const dns::Answer& answer, const std::vector<AnswerPattern>& patterns);
/// The list does not answer in earnest: something outside 127.0.0.0/8, or a refusal of ours.
std::optional<std::string> complaint(const dns::Answer& answer);

}  // namespace screening
