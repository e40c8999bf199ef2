#pragma once
// What SPF says about a client and a name, in the words of the standard. RFC 7208 §2.6; the two names that may be asked
// about: §2.3, §2.4.

#include <cstdint>
#include <optional>
#include <string_view>

namespace spf {

enum class Result : std::uint8_t {
    None,       // no name to ask about, or it publishes nothing
    Neutral,    // the domain says that it says nothing
    Pass,       // the client may send in its name
    Fail,       // it may not
    SoftFail,   // it probably may not
    TempError,  // the DNS did not answer: ask again later
    PermError,  // what is published cannot be understood, or takes too much work
};
std::string_view to_text(Result result);  // "softfail"
std::optional<Result> parse_result(std::string_view text);

enum class Identity : std::uint8_t {
    MailFrom,  // the domain of the reverse-path
    Helo,      // the name in HELO or EHLO; also what stands in for a null reverse-path
};
std::string_view to_text(Identity identity);  // "mailfrom"

/// Whether a number from outside is one of them.
constexpr bool is_known(Result result) { return result <= Result::PermError; }
constexpr bool is_known(Identity identity) { return identity <= Identity::Helo; }

}  // namespace spf
