#include "mime/charset.h"

#include <gtest/gtest.h>

#include "mime/decode.h"

// RFC 2046 §4.1.2
TEST(MimeCharset, ReadsWhatMailIsWrittenIn) {
    struct Case {
        std::string_view octets;
        std::string_view charset;
        std::optional<std::string> want;
    };
    const Case cases[] = {
        {"caf\xe9", "ISO-8859-1", "caf\u00e9"},
        {"\x80 100", "windows-1252", "\u20ac 100"},
        {"\x80 100", "us-ascii", "\u20ac 100"},
        {"\xa4", "iso-8859-15", "\u20ac"},
        {"\xf0\xd2\xc9", "KOI8-R", "\u041f\u0440\u0438"},
        {"\xcf\xf0\xe8", "windows-1251", "\u041f\u0440\u0438"},
        {"\xb1", "iso-8859-2", "\u0105"},
        {"caf\xc3\xa9", "utf-8", "caf\u00e9"},
        {"caf\xe9", "utf-8", std::nullopt},
        {"plain", "x-unknown", std::nullopt},
        {"", "koi8-r", ""},
    };
    for (const auto& [octets, charset, want] : cases) {
        SCOPED_TRACE(charset);
        EXPECT_EQ(mime::to_utf8(octets, charset), want);
    }
}

// RFC 2047 §2
TEST(MimeCharset, EncodedWordsAreReadInAllOfThemWhereThatIsAskedFor) {
    using enum mime::Charsets;
    EXPECT_EQ(mime::decode_words("=?koi8-r?q?=D0?=", All).text, "\u043f");
    EXPECT_TRUE(mime::decode_words("=?koi8-r?q?=D0?=", All).is_complete);
    EXPECT_EQ(mime::decode_words("=?koi8-r?q?=D0?=").text, "\xd0");
    EXPECT_FALSE(mime::decode_words("=?koi8-r?q?=D0?=").is_complete);
    EXPECT_EQ(mime::decode_words("=?utf-8?q?J=C3?= =?utf-8?q?=B6rg?=", All).text,
              "J\u00f6rg");  // a character that is cut
    EXPECT_FALSE(mime::decode_words("=?x-unknown?q?=D0?=", All).is_complete);
}
