#pragma once
// What a client says, line by line, as values. RFC 1939 §5–§7; CAPA of RFC 2449 §5, STLS of RFC 2595 §4, AUTH of RFC
// 5034 §4, UTF8 and LANG of RFC 6856; LAST of RFC 1081, which RFC 1939 dropped and old clients still ask.
//
// Grammar only: whether a command may come now is decided by Conversation.

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace pop3 {

struct User {
    std::string name;
};
struct Pass {
    std::string password;  // all behind the first blank, blanks included (RFC 1939 §7)
};
struct Apop {
    std::string name;
    std::string digest;
};
struct Auth {
    std::string mechanism;                        // upper case; empty: which are there?
    std::optional<std::string> initial_response;  // decoded
};
struct Capa {};
struct Stls {};
struct Utf8 {};
struct Lang {
    std::string tag;  // empty: which are there?
};
struct Stat {};
struct List {
    std::optional<std::uint32_t> message;  // from 1; none: all
};
struct Uidl {
    std::optional<std::uint32_t> message;
};
struct Retr {
    std::uint32_t message = 0;
};
struct Top {
    std::uint32_t message = 0;
    std::uint64_t lines = 0;  // of the body
};
struct Dele {
    std::uint32_t message = 0;
};
struct Noop {};
struct Rset {};
struct Last {};
struct Quit {};

using Command = std::variant<User, Pass, Apop, Auth, Capa, Stls, Utf8, Lang, Stat, List, Uidl, Retr, Top, Dele, Noop,
                             Rset, Last, Quit>;

/// Why a line is no command; `describe()` is what the client hears.
enum class SyntaxError : std::uint8_t {
    UnknownCommand,
    StrangeCharacter,  // NUL and other controls
    MissingArgument,
    UnwantedArgument,
    NotANumber,
    Zero,  // messages are counted from 1
    NotBase64,
};
std::string_view describe(SyntaxError error);

/// The line comes without its end. Command words match in any case.
std::expected<Command, SyntaxError> parse_command(std::string_view line);

/// A line of the client's in an AUTH exchange, decoded. "*", which ends the exchange (RFC 5034 §4), is the caller's to
/// see.
std::expected<std::string, SyntaxError> parse_sasl_response(std::string_view line);

}  // namespace pop3
