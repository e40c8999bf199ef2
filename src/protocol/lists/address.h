#pragma once
// The addresses of a mailing list: "dev@example.org" and those beside it, "dev-request@example.org" (RFC 2142 §6),
// "dev-unsubscribe+TOKEN@example.org", "dev-bounces+ann=example.net@example.org".
//
// Local parts are lower case here, as recipients of mail for this server are.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace lists {

enum class Verb : std::uint8_t {
    Post,  // the list itself
    Request,
    Subscribe,
    Unsubscribe,  // with a token: at once
    Confirm,      // only with a token, as those that follow
    Owner,
    Bounces,  // of postings; with whom they were for
    Warned,   // of a warning
    Probed,   // of a probe
    Accept,   // a held posting
    Reject,
};
/// "request"; empty for Post.
std::string_view name_of(Verb verb);

struct Address {
    std::string list;  // the list's own local part
    Verb verb = Verb::Post;
    std::string argument;  // behind "+"
    bool operator==(const Address&) const = default;
};

/// "dev-confirm+x" is Confirm of "dev" with "x". Nothing where it names no verb, or an argument is missing or too much:
/// whether it is a list itself is for others to say.
std::optional<Address> parse_address(std::string_view local_part);
std::string to_text(const Address& address);

/// A name that a list can have: such that all addresses beside it are valid, and none is taken for another list's.
bool is_list_name(std::string_view local_part);
constexpr std::size_t longest_list_name = 24;  // beside the longest verb and token, within RFC 5321 §4.5.3.1.1

/// Whom a bounce is about (VERP): "ann=example.net"; or, where that is too long for a local part or needs quotes,
/// "=17", the member's number.
std::string to_verp(std::string_view member, std::int64_t number, std::string_view list);
using Member = std::variant<std::string, std::int64_t>;  // an address in lower case, or a number
std::optional<Member> parse_verp(std::string_view argument);

}  // namespace lists
