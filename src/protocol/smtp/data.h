#pragma once
// The message as it travels behind DATA: dot-stuffed, ended by a lone dot. RFC 5321 §4.1.1.4, §4.5.2.
//
// Hostile: only CRLF.CRLF ends a message. Servers that take LF.LF, LF.CRLF or CR.CR for the end are how one message
// smuggles a second one, with a forged sender, past the first server. Therefore such line ends refuse the whole message
// (at its true end, so that the conversation stays in step), or are turned into CRLF if the administrator prefers;
// never are they the end.
//
// Both directions take pieces of any size. Whatever DataDecoder accepts, DotStuffer writes such that DataDecoder reads
// the same octets again.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "smtp/content.h"

namespace smtp {

enum class BareNewline : std::uint8_t {
    Reject,     // 550 5.5.2 at the end
    Normalize,  // LF becomes CRLF, a lone CR a blank
};

class DataDecoder {
public:
    explicit DataDecoder(const ContentLimits& limits = {}, BareNewline policy = BareNewline::Reject)
        : check_(limits), policy_(policy) {}

    /// Reads on, appends the message's octets to `message` (none once it is refused), and returns how many octets of
    /// the input belonged to it: all, unless the end was reached; what follows are commands (RFC 2920 §3.1).
    std::size_t decode(std::string_view input, std::string& message);

    bool at_end() const { return state_ == State::End; }
    const ContentCheck& content() const { return check_; }

private:
    enum class State : std::uint8_t {
        LineStart,  // behind CRLF, or at the very beginning
        Dot,        // "." at a line's start, not yet known whether it is the end
        DotReturn,  // ".\r"
        Line,       // inside a line; also behind a bare LF, where a dot is a plain dot
        Return,     // "\r", held back
        End,
    };

    std::size_t decode_line(std::string_view input, bool is_tidy, std::string& message);
    std::size_t decode_octet(char octet, std::string& message);
    std::size_t end_line(std::string_view line, std::string& message);
    std::size_t take_untidy(std::string_view part, std::string& message);
    void emit(std::string_view part, bool ends_line, std::string& message);
    void bare_return(std::string& message);

    ContentCheck check_;
    BareNewline policy_;
    State state_ = State::LineStart;
};

/// Writes a message for DATA. Hostile: the output has no bare CR or LF even where the message has, and no line over
/// `longest_line` (it is folded with CRLF and a blank, as Postfix does), so that no server downstream can be misled.
class DotStuffer {
public:
    explicit DotStuffer(std::size_t longest_line = longest_text_line) : longest_line_(longest_line) {}

    void encode(std::string_view chunk, std::string& out);
    /// The end: CRLF if the message does not end in one, and the lone dot.
    void finish(std::string& out);

private:
    void encode_tidy(std::string_view chunk, std::string& out);
    void encode_untidy(std::string_view chunk, std::string& out);
    void write(std::string_view part, std::string& out);
    void end_line(std::string& out);

    std::size_t longest_line_;
    std::size_t column_ = 0;  // octets of the line under way
    bool after_cr_ = false;   // held back
};

}  // namespace smtp
