#pragma once
// An SMTP reply: three digits, an enhanced status code and text. RFC 5321 §4.2, RFC 2034, RFC 3463, RFC 5248.
//
// Values only; used both for what we say to clients and for what servers said to us.

#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>

namespace smtp {

struct Reply {
    std::uint16_t code = 0;  // 200..599
    std::string enhanced;    // "2.1.5"; empty where the reply has none (greeting, EHLO, 354)
    std::string text;        // without CRLF; lines of a multi-line reply are separated by '\n'

    Reply() = default;
    Reply(std::uint16_t code_, std::string enhanced_, std::string text_)
        : code(code_), enhanced(std::move(enhanced_)), text(std::move(text_)) {}

    bool is_positive() const { return code >= 200 && code < 400; }
    bool is_temporary() const { return code >= 400 && code < 500; }
    bool is_permanent() const { return code >= 500 && code < 600; }

    /// The octets to send: "250-2.1.0 first\r\n250 2.1.0 last\r\n", never a line over 512 octets (§4.5.3.1.5).
    /// Control characters in the text, which may stem from outside, are replaced by '?'.
    std::string wire() const;
    /// The same onto the end of what is waiting to be sent.
    void append_to(std::string& out) const;

    bool operator==(const Reply&) const = default;
};
constexpr auto fields(const Reply*) { return std::tuple{&Reply::code, &Reply::enhanced, &Reply::text}; }

}  // namespace smtp
