#include "dkim/canonical.h"

#include <gtest/gtest.h>

#include "crypto/digest.h"

namespace dkim {
namespace {

std::string field(Canonicalization canonicalization, std::string_view text) {
    return canonical_field(canonicalization, mime::FieldScanner(text).next().value());
}

// What is hashed, told by its hash: in one piece, and octet by octet.
void expect_body(Canonicalization canonicalization, std::string_view body, std::string_view canonical,
                 std::optional<std::uint64_t> limit = {}) {
    SCOPED_TRACE(std::string(to_text(canonicalization)) + ": " + std::string(body));
    const auto want = crypto::digest(crypto::Digest::Sha256, canonical);
    BodyHash whole(canonicalization, limit), pieces(canonicalization, limit);
    whole.add(body);
    for (std::size_t i = 0; i < body.size(); ++i) pieces.add(body.substr(i, 1));
    whole.finish();
    pieces.finish();
    EXPECT_EQ(whole.digest(), want);
    EXPECT_EQ(pieces.digest(), want);
    EXPECT_EQ(whole.length(), pieces.length());
    if (!limit) {
        EXPECT_EQ(whole.length(), canonical.size());
        EXPECT_TRUE(whole.is_covered());
    }
}

// RFC 6376 §3.4.1, §3.4.2, §3.4.5
TEST(DkimCanonical, Fields) {
    using enum Canonicalization;
    EXPECT_EQ(field(Simple, "A: X \r\n"), "A: X \r\n");
    EXPECT_EQ(field(Simple, "B : Y\t\r\n\tZ  \r\n"), "B : Y\t\r\n\tZ  \r\n");
    EXPECT_EQ(field(Relaxed, "A: X \r\n"), "a:X\r\n");
    EXPECT_EQ(field(Relaxed, "B : Y\t\r\n\tZ  \r\n"), "b:Y Z\r\n");
    EXPECT_EQ(field(Relaxed, "SUBJect:\t a \t\r\n \t b\r\n \r\n"), "subject:a b\r\n");
    EXPECT_EQ(field(Relaxed, "Empty:\r\n"), "empty:\r\n");
    EXPECT_EQ(field(Relaxed, "Eight: \xc3\xa4\x80\r\n"), "eight:\xc3\xa4\x80\r\n");
}

// RFC 6376 §3.4.3
TEST(DkimCanonical, SimpleBodies) {
    using enum Canonicalization;
    expect_body(Simple, "", "\r\n");
    expect_body(Simple, "\r\n\r\n\r\n", "\r\n");
    expect_body(Simple, " C \r\nD \t E\r\n\r\n\r\n", " C \r\nD \t E\r\n");
    expect_body(Simple, "no end", "no end\r\n");
    expect_body(Simple, "a\r\n\r\nb\r\n", "a\r\n\r\nb\r\n");
    expect_body(Simple, " \r\n", " \r\n");
}

// RFC 6376 §3.4.4
TEST(DkimCanonical, RelaxedBodies) {
    using enum Canonicalization;
    expect_body(Relaxed, "", "");
    expect_body(Relaxed, "\r\n\r\n", "");
    expect_body(Relaxed, " \t \r\n\t\r\n", "");
    expect_body(Relaxed, " C \r\nD \t E\r\n\r\n\r\n", " C\r\nD E\r\n");
    expect_body(Relaxed, "no end \t", "no end\r\n");
    expect_body(Relaxed, "a\r\n \r\n\r\nb  c\td\r\n", "a\r\n\r\n\r\nb c d\r\n");
}

// Files end their lines in LF; a CR alone is an octet like others.
TEST(DkimCanonical, LineEnds) {
    using enum Canonicalization;
    expect_body(Simple, "a\nb\n\n", "a\r\nb\r\n");
    expect_body(Relaxed, "a \nb\n\n", "a\r\nb\r\n");
    expect_body(Simple, "a\rb\r\r\n", "a\rb\r\r\n");
    expect_body(Simple, "a\r", "a\r\r\n");
    expect_body(Relaxed, "a \rb\r\n", "a \rb\r\n");
    expect_body(Simple, "a\n\r\nb\r\n\n\r\n", "a\r\n\r\nb\r\n");
}

// RFC 6376 §3.5 (l=), §8.2
TEST(DkimCanonical, HashesNoMoreThanTheLimit) {
    using enum Canonicalization;
    expect_body(Simple, "abc\r\ndef\r\n", "abc\r\n", 5);
    expect_body(Simple, "abc\r\ndef\r\n", "abc\r", 4);
    expect_body(Relaxed, "a  b\r\n", "", 0);
    BodyHash hash(Simple, 5);
    hash.add("abc\r\n");
    hash.finish();
    EXPECT_TRUE(hash.is_covered());
    BodyHash more(Simple, 5);
    more.add("abc\r\nx");
    more.finish();
    EXPECT_FALSE(more.is_covered());
    EXPECT_EQ(more.length(), 8u);
}

// Hostile: empty lines are counted, not kept, and written one by one.
TEST(DkimCanonical, KeepsNoEmptyLines) {
    BodyHash hash(Canonicalization::Relaxed, {});
    for (int i = 0; i < 1000; ++i) hash.add(std::string(20'000, '\n'));
    hash.add("x");
    hash.finish();
    EXPECT_EQ(hash.length(), 40'000'003u);
}

// RFC 6376 §3.5 (c=)
TEST(DkimCanonical, IsNamedInPairs) {
    using enum Canonicalization;
    EXPECT_EQ(parse_canonicalizations("relaxed/simple"), (Canonicalizations{Relaxed, Simple}));
    EXPECT_EQ(parse_canonicalizations("Relaxed"), (Canonicalizations{Relaxed, Simple}));
    EXPECT_EQ(to_text(Canonicalizations{Simple, Relaxed}), "simple/relaxed");
    for (const auto* text : {"", "/", "relaxed/", "nowsp", "simple/simple/simple"})
        EXPECT_FALSE(parse_canonicalizations(text)) << text;
}

}  // namespace
}  // namespace dkim
