#include <gtest/gtest.h>

#include "lang/wiping.h"
#include "text/base64.h"
#include "text/escape.h"
#include "text/hex.h"
#include "text/utf8.h"
#include "text/xtext.h"

using namespace std::string_view_literals;

namespace {

std::optional<std::string> some(std::string_view text) { return std::string(text); }

}  // namespace

// RFC 4648 §10
TEST(Base64, GivesThePublishedValues) {
    const std::pair<std::string_view, std::string_view> cases[] = {
        {"", ""},
        {"f", "Zg=="},
        {"fo", "Zm8="},
        {"foo", "Zm9v"},
        {"foob", "Zm9vYg=="},
        {"fooba", "Zm9vYmE="},
        {"foobar", "Zm9vYmFy"},
        {"\0u\0p"sv, "AHUAcA=="},
    };
    for (const auto& [octets, text] : cases) {
        EXPECT_EQ(text::to_base64(octets), text);
        EXPECT_EQ(text::parse_base64(text), some(octets)) << text;
    }
}

// RFC 4648 §3.3, §3.5
// RFC 4648 §5; RFC 7515 App. C
TEST(Base64, HasAFormForAddresses) {
    EXPECT_EQ(text::to_base64url(""), "");
    EXPECT_EQ(text::to_base64url("\xfb\xff"), "-_8");
    EXPECT_EQ(text::to_base64url("\x03\xec\xff\xe0\xc1"), "A-z_4ME");
}

TEST(Base64, RefusesAllButTheOneForm) {
    for (const auto text : {"Zg", "Zg=", "=", "==", "====", "Zg===", "Z===", "Zh==", "Zm9=", "Zm9v Zg=", "Zm\n9v",
                            "Zm9v\n", "Zg==Zg==", "Z\x80==", "=AAA"})
        EXPECT_EQ(text::parse_base64(text), std::nullopt) << text;
}

// RFC 4648 §8
TEST(Hex, ReadsWhatItWritesInEitherCase) {
    EXPECT_EQ(text::to_hex("\x00\xffZ"sv), "00ff5a");
    EXPECT_EQ(text::parse_hex("00fF5A"), some("\x00\xffZ"sv));
    for (const auto text : {"0", "0g", " 00", "000"}) EXPECT_EQ(text::parse_hex(text), std::nullopt) << text;
}

// RFC 3629 §3, §4, §10
TEST(Utf8, IsStrict) {
    const std::pair<std::string_view, bool> cases[] = {
        {"", true},
        {"caf\xc3\xa9", true},
        {"\xe2\x82\xac", true},
        {"\xf0\x9f\x93\xa7", true},
        {"\xf4\x8f\xbf\xbf", true},    // U+10FFFF
        {"\xf4\x90\x80\x80", false},   // beyond
        {"\xc0\xae\xc0\xae/", false},  // overlong "../"
        {"\xe0\x80\xaf", false},       // overlong "/"
        {"\xf0\x80\x80\xaf", false},   // overlong "/"
        {"\xed\xa0\x80", false},       // lone surrogate
        {"\xed\x9f\xbf", true},        // just below the surrogates
        {"\xc3", false},               // cut
        {"\xe2\x82", false},           // cut
        {"\x80", false},               // a tail alone
        {"\xff", false},
        {"\xc3\x28", false},
    };
    for (const auto& [input, want] : cases) EXPECT_EQ(text::is_utf8(input), want) << text::to_hex(input);
}

TEST(Utf8, CutsBetweenCharacters) {
    EXPECT_EQ(text::utf8_prefix("a\xe2\x82\xac", 4), "a\xe2\x82\xac");
    EXPECT_EQ(text::utf8_prefix("a\xe2\x82\xac", 3), "a");
    EXPECT_EQ(text::utf8_prefix("a\xe2\x82\xac", 1), "a");
    EXPECT_EQ(text::utf8_prefix("\x80\x80\x80\x80\x80\x80", 5).size(), 5u);  // junk is cut anywhere
}

// RFC 3461 §4
TEST(Xtext, ReadsAndWrites) {
    const std::pair<std::string_view, std::string_view> cases[] = {
        {"rfc822;Carol@example.com", "rfc822;Carol@example.com"},
        {"a+b=c", "a+2Bb+3Dc"},
        {"Joe Q", "Joe+20Q"},
        {"\xc3\xa9", "+C3+A9"},
        {"", ""},
    };
    for (const auto& [octets, text] : cases) {
        EXPECT_EQ(text::to_xtext(octets), text);
        EXPECT_EQ(text::parse_xtext(text), some(octets)) << text;
    }
}

// RFC 3461 §4; control characters are refused beyond what it asks for
TEST(Xtext, RefusesBrokenAndDangerousTexts) {
    for (const auto text : {"a=b", "a b", "+", "+4", "+4g", "+4a", "+0D+0A", "+00", "+7F", "\xc3\xa9", "a\n"})
        EXPECT_EQ(text::parse_xtext(text), std::nullopt) << text;
}

// RFC 6533 §3
TEST(Unitext, CarriesUtf8InAscii) {
    EXPECT_EQ(text::to_unitext("jos\xc3\xa9+x@example.org"), "jos\\x{E9}\\x{2B}x@example.org");
    EXPECT_EQ(text::to_unitext("jos\xc3\xa9+x\xff", text::UnicodeForm::Utf8), "jos\xc3\xa9\\x{2B}x\\x{FFFD}");
    EXPECT_EQ(text::parse_unitext("jos\\x{E9}\\x{2B}x@example.org"), some("jos\xc3\xa9+x@example.org"));
    EXPECT_EQ(text::parse_unitext("jos\xc3\xa9"), some("jos\xc3\xa9"));
    EXPECT_EQ(text::parse_unitext("\\x{1F4E7}"), some("\xf0\x9f\x93\xa7"));
    for (const auto text :
         {"\\x{D800}", "\\x{110000}", "\\x{A}", "\\x{0A}", "\\x{00}", "\\x{e9}", "\\xE9", "a+b", "\\", "\\x{E9"})
        EXPECT_EQ(text::parse_unitext(text), std::nullopt) << text;
}

TEST(Escape, MakesTextSafeToPrint) {
    const std::pair<std::string_view, std::string_view> cases[] = {
        {"plain text", "plain text"},
        {"caf\xc3\xa9", "caf\xc3\xa9"},
        {"a\x1b]0;x\x07", "a\\x1b]0;x\\x07"},
        {"two\r\nlines\t", "two\\r\\nlines\\t"},
        {"back\\slash", "back\\\\slash"},
        {"\0"sv, "\\x00"},
        {"\x7f", "\\x7f"},
        {"\xff\xc3", "\\xff\\xc3"},
        {"\xc2\x9b", "\\xc2\\x9b"},  // C1: what ESC [ is to 8-bit terminals
        {"a\xe2\x80\xae"
         "b",
         "a\\xe2\\x80\\xae"
         "b"},  // writing direction turned
        {"\xef\xbb\xbf", "\\xef\\xbb\\xbf"},
    };
    for (const auto& [input, want] : cases) EXPECT_EQ(text::escaped(input), want);
}

TEST(Escape, KeepsToItsLimit) {
    EXPECT_EQ(text::escaped("1234567890", 10), "1234567890");
    EXPECT_EQ(text::escaped("12345678901", 10), "1234567…");
    for (std::size_t most = 3; most < 20; ++most)
        EXPECT_LE(text::escaped("\x01\x02\xc3\xa9\xe2\x82\xac\xff plain text", most).size(), most);
}

TEST(Wiping, WhatIsDroppedIsGone) {
    std::string buffer = "PASS secret\r\nUSER somebody-else";
    const char* const place = buffer.data();
    drop_front(buffer, 13);
    EXPECT_EQ(buffer, "USER somebody-else");
    ASSERT_EQ(buffer.data(), place);
    EXPECT_EQ(std::string(place + buffer.size(), 13), std::string(13, '\0'));
    drop_front(buffer, buffer.size());
    EXPECT_EQ(buffer, "");
    EXPECT_EQ(std::string(place, 18), std::string(18, '\0'));
}

TEST(Wiping, WhatIsMovedAwayLeavesNothing) {
    for (const std::string_view secret : {"", "short", "much longer than what a string keeps in itself"}) {
        std::string first = on_heap(secret);
        const char* const place = first.data();
        const std::string second = std::move(first);
        EXPECT_EQ(second, secret);
        EXPECT_EQ(second.data(), place) << secret;
    }
    EXPECT_GT(text::parse_base64("c2hvcnQ=")->capacity(), 15u);  // a password, perhaps
}
