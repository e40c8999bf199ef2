#include "mime/decode.h"

#include "fuzz.h"
#include "mime/encode.h"
#include "text/utf8.h"

// What is decoded is never longer than twice its text; what is complete is UTF-8; a word of a phrase is one word.
FUZZ(text) {
    const auto decoded = mime::decode_words(text);
    VERIFY(decoded.text.size() <= 2 * text.size());
    VERIFY(!decoded.is_complete || text::is_utf8(decoded.text));
    if (text.find("=?") == std::string_view::npos) VERIFY(decoded.text == text);
    if (mime::is_encoded_word(text))
        VERIFY(text.size() <= 75 && text.find_first_of(" \t\r\n\"<>,") == std::string_view::npos);
    if (const auto octets = mime::decode_base64_body(text)) VERIFY(octets->size() <= text.size());
    // What mime/encode.h writes is read: as it was, where it had nothing to clean.
    const auto words = mime::to_encoded_words(text);
    VERIFY(mime::to_encoded_words(mime::decode_words(words).text) == words);
}
