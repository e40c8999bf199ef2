#pragma once
// What others have encoded, read: encoded words (RFC 2047), base64 bodies (RFC 2045 §6.8). The other direction is
// mime/encode.h.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mime {

struct Decoded {
    std::string text;         // UTF-8 as far as the charsets are known
    bool is_complete = true;  // they all are: us-ascii, utf-8, iso-8859-1; octets of others stay as they are
};
enum class Charsets : std::uint8_t {
    Basic,  // those named above
    All,    // those of mime/charset.h too, as mail programs read them
};

/// A value that is unfolded. What is no encoded word stays; blanks between two of them go (§6.2).
Decoded decode_words(std::string_view value, Charsets charsets = Charsets::Basic);

/// One encoded word and nothing else, such that it may stand in a phrase (§5 (3)).
bool is_encoded_word(std::string_view text);

/// Lines of base64, blanks among them; nothing where anything else is there.
std::optional<std::string> decode_base64_body(std::string_view body);

}  // namespace mime
