#include "mime/decode.h"

#include <gtest/gtest.h>

#include "mime/encode.h"

namespace mime {
namespace {

// RFC 2047 §2, §6.2, §8
TEST(Decode, ReadsEncodedWords) {
    struct Case {
        std::string_view value, want;
        bool is_complete = true;
    };
    const Case cases[] = {
        {"plain", "plain"},
        {"=?ISO-8859-1?Q?a?=", "a"},
        {"=?ISO-8859-1?Q?a?= b", "a b"},
        {"=?ISO-8859-1?Q?a?= \t =?UTF-8?q?b?=", "ab"},
        {"=?ISO-8859-1?Q?a_b?=", "a b"},
        {"=?iso-8859-1?q?J=F6rg?=", "J\xc3\xb6rg"},
        {"=?utf-8*de?B?SsO2cmc=?=", "J\xc3\xb6rg"},
        {"=?utf-8?q?J=C3?= =?utf-8?q?=B6rg?=", "J\xc3\xb6rg"},  // In the wild: a character that is cut
        {"=?koi8-r?q?[dev]_=D0?=", "[dev] \xd0", false},
        {"=?utf-8?q?=FF?=", "\xff", false},
        {"Re:=?utf-8?q?a?=", "Re:a"},
        {"=?utf-8?x?a?=", "=?utf-8?x?a?="},
        {"=?utf-8?q?a b?=", "=?utf-8?q?a b?="},
        {"=?utf-8?q?=X1?=", "=?utf-8?q?=X1?="},
        {"=?utf-8?b?a?=", "=?utf-8?b?a?="},
        {"=?utf-8?q?a", "=?utf-8?q?a"},
        {"=?utf-8?q?a?= ", "a "},
        {"=?", "=?"},
        {"", ""},
    };
    for (const auto& [value, want, is_complete] : cases) {
        const auto decoded = decode_words(value);
        EXPECT_EQ(decoded.text, want) << value;
        EXPECT_EQ(decoded.is_complete, is_complete) << value;
    }
    const std::string_view text =
        "Gr\xc3\xbc\xc3\x9f"
        "e, and much more than one word can hold: \xe2\x82\xac \xe2\x82\xac";
    EXPECT_EQ(decode_words(to_encoded_words(text)).text, text);
}

// RFC 2047 §5 (3)
TEST(Decode, KnowsWhatMayStandInAPhrase) {
    EXPECT_TRUE(is_encoded_word("=?koi8-r?B?8NLJ18XU?="));
    for (const auto* bad : {"", "a", "=?utf-8?q?a?= b", "=?utf-8?q?a,b?=", "=?utf-8?q?a\"?=", "=?utf-8?q?<a>?="})
        EXPECT_FALSE(is_encoded_word(bad)) << bad;
    EXPECT_FALSE(is_encoded_word("=?utf-8?q?" + std::string(100, 'a') + "?="));
}

// RFC 2045 §6.8
TEST(Decode, ReadsBase64InLines) {
    EXPECT_EQ(decode_base64_body("aGVs\r\nbG8K\r\n"), "hello\n");
    EXPECT_EQ(decode_base64_body(""), "");
    for (const auto* bad : {"aGVs bG8", "aGVs-bG8K", "aGVsbG8K\n-- \nfooter\n", "aA==aA=="})
        EXPECT_FALSE(decode_base64_body(bad)) << bad;
}

}  // namespace
}  // namespace mime
