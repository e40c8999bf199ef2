#pragma once
// Cutting lines out of what a client has sent. RFC 1939 §3, RFC 2449 §4.
//
// The owner keeps the buffer; LineReader only remembers that it is in the middle of a line too long to keep, so an
// endless line costs no memory. In the wild: people and scripts end lines with LF alone, and nothing can be smuggled in
// by that here, as no line of a client's is ever passed on.

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace pop3 {

struct Line {
    enum class Kind : std::uint8_t {
        NeedMore,  // no line yet; drop `consumed` octets and come back with more behind the rest
        Whole,     // `text`
        TooLong,   // it was skipped
        Flood,     // over longest_skipped_line without an end: close
    };
    Kind kind = Kind::NeedMore;
    std::string_view text;     // without its end; points into the buffer given
    std::size_t consumed = 0;  // octets of the buffer that are done with

    bool operator==(const Line&) const = default;
};

class LineReader {
public:
    /// AUTH may be as long as a line of its exchange: it can bring the first response along.
    enum class Expect : std::uint8_t { Command, SaslResponse };
    Line next(std::string_view buffered, Expect expected);

private:
    Line skip(std::string_view buffered);

    std::size_t skipped_ = 0;  // octets of an overlong line already dropped; 0: not in one
};

}  // namespace pop3
