#pragma once
// Cutting command lines out of what a client has sent. RFC 5321 §2.3.8 (only CRLF ends a line), §4.5.3.1.4.
//
// The owner keeps the buffer; LineReader only remembers that it is in the middle of a line too long to keep, so an
// endless line costs no memory. After kind Line or TooLong the conversation is in step and goes on.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "smtp/limits.h"

namespace smtp {

constexpr std::size_t longest_auth_line = 12'288;  // RFC 4954 §4: AUTH with an initial response, and each response

struct CommandLine {
    enum class Kind : std::uint8_t {
        NeedMore,      // no line yet; drop `consumed` octets and come back with more behind the rest
        Line,          // `text`
        TooLong,       // a line over the longest allowed was skipped: 500 5.5.2
        BareLineFeed,  // Hostile: a line ended by LF alone: 500 5.5.2 and close
        Flood,         // over longest_skipped_line without an end: 500 5.5.2 and close
    };
    Kind kind = Kind::NeedMore;
    std::string_view text;     // without CRLF; points into the buffer given
    std::size_t consumed = 0;  // octets of the buffer that are done with

    bool operator==(const CommandLine&) const = default;
};

class LineReader {
public:
    /// `longest`: octets of a line without its end.
    CommandLine next(std::string_view buffered, std::size_t longest = longest_command_line);

private:
    CommandLine skip(std::string_view buffered);

    std::size_t skipped_ = 0;  // octets of an overlong line already dropped; 0: not in one
    bool skipped_cr_ = false;  // the last of them was CR
};

}  // namespace smtp
