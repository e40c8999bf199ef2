#pragma once
// A message as the octets of a multi-line response: CRLF ends every line, a "." is put before a line that begins with
// one, and a lone "." ends it all. RFC 1939 §3; TOP of §7.
//
// Mail is kept with LF, or with CRLF where other programs wrote it. A CR that no LF follows is an octet like others. A
// message that does not end with a line end gets one. What it becomes is as long as wire_size() says, dots apart.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pop3 {

class MessageWriter {
public:
    /// `body_lines`: after the header and the empty line behind it, no more lines of the body than these; none: all.
    explicit MessageWriter(std::optional<std::uint64_t> body_lines = std::nullopt) : body_lines_(body_lines) {}

    /// Appends the octets that stand for the next piece of the message.
    void write(std::string_view piece, std::string& out);
    /// Nothing more is wanted of the message.
    bool is_full() const { return is_full_; }
    /// Appends the end of the response.
    void finish(std::string& out);

private:
    void end_line();

    std::optional<std::uint64_t> body_lines_;
    bool in_body_ = false;
    bool is_full_ = false;
    bool at_line_start_ = true;
    bool line_is_empty_ = true;  // but for a CR
    bool after_cr_ = false;
};

/// Counts the octets that a message takes on the wire, without the dots that are put before others and without the end
/// of the response (RFC 1939 §11).
class WireSize {
public:
    void count(std::string_view piece);
    std::uint64_t octets() const { return octets_ + (is_empty_ || ends_line_ ? 0 : 2); }

private:
    std::uint64_t octets_ = 0;
    bool is_empty_ = true;
    bool ends_line_ = false;
    bool after_cr_ = false;
};

}  // namespace pop3
