#pragma once
// The command INSTREAM of clamd, ClamAV's daemon: a message in pieces, and what was found in it (clamd(8), "COMMANDS").
//
//   send(clamd::command); for each piece: send(clamd::length_of(piece) + piece); send(clamd::end);
//   clamd::ReplyReader reader;  while (!(verdict = reader.add(octets))) …
//
// Hostile: clamd parses strangers' files all day, and may have been broken into. What it says has a limit.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace clamd {

/// Null-terminated, as its reply is then.
inline constexpr std::string_view command{"zINSTREAM", 10};
inline constexpr std::string_view end{"\0\0\0\0", 4};
constexpr std::size_t longest_reply = 4 * 1024;

/// Four octets in network order in front of a piece, which is not empty.
std::string length_of(std::string_view piece);

struct Verdict {
    enum class Kind : std::uint8_t {
        Clean,
        Infected,  // text: the name of what was found
        Error,     // text: what went wrong; nothing is known of the message
    };
    Kind kind = Kind::Error;
    std::string text;
    bool operator==(const Verdict&) const = default;
};

/// "stream: Eicar-Test-Signature FOUND". What is neither OK nor FOUND is an error.
Verdict parse_reply(std::string_view line);

class ReplyReader {
public:
    /// Nothing: more has to come. It is final then.
    std::optional<Verdict> add(std::string_view octets);

private:
    std::string line_;
};

}  // namespace clamd
