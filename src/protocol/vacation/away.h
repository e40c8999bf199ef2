#pragma once
// What an account's absence is, as it stands in a file of its mailbox: fields, an empty line, and the text. Written by
// `hermod vacation set`, read at each delivery.
//
//   Subject: away
//   Since: 1798675200
//   Until: 1799280000
//   Days: 7
//   Address: ann.other@virtual.example
//
//   I am back on the sixth.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "vacation/vacation.h"

namespace vacation {

struct Away {
    std::string subject;                 // empty: "Auto: " and the message's
    std::int64_t since = 0;              // seconds since 1970
    std::int64_t until = 0;              // 0: no end
    std::int64_t days = 7;               // each sender is answered once in that time
    std::vector<std::string> addresses;  // also his
    std::string text;                    // UTF-8

    bool operator==(const Away&) const = default;
    bool is_now(std::int64_t now) const { return now >= since && (until == 0 || now < until); }
    std::int64_t period() const { return days * 86'400; }
};

constexpr const char* away_file = "vacation.msg";
constexpr const char* answered_file = "vacation.answered";
constexpr std::size_t longest_away = 256 * 1024;

std::string to_text(const Away& away);
/// Hostile: what cannot be read is as if it were not there, and numbers are brought into bounds.
Away parse_away(std::string_view file);

/// For mail to `address`.
Notice notice_of(const Away& away, const std::string& address);

}  // namespace vacation
