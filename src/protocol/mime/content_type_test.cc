#include "mime/content_type.h"

#include <gtest/gtest.h>

namespace mime {
namespace {

// RFC 2045 §5.1
TEST(ContentType, IsReadWithItsParameters) {
    struct Case {
        std::string_view value;
        ContentType want;
    };
    const Case cases[] = {
        {" text/plain", {"text", "plain", {}}},
        {" Text/PLAIN; Charset=UTF-8; format=flowed", {"text", "plain", {{"charset", "UTF-8"}, {"format", "flowed"}}}},
        {" multipart/mixed;\r\n\tboundary=\"a \\\"b\\\" (c)\"", {"multipart", "mixed", {{"boundary", "a \"b\" (c)"}}}},
        {" text/plain (a (nested) one \\) ) ; charset = us-ascii (plain);",
         {"text", "plain", {{"charset", "us-ascii"}}}},
        {"application/pkcs7-mime;smime-type=enveloped-data",
         {"application", "pkcs7-mime", {{"smime-type", "enveloped-data"}}}},
    };
    for (const auto& [value, want] : cases) EXPECT_EQ(parse_content_type(value), want) << value;
    EXPECT_EQ(parse_content_type("a/b; c=d")->parameter("c"), "d");
    EXPECT_EQ(parse_content_type("a/b; c=d")->parameter("e"), "");
    // RFC 2231 §3, §4
    EXPECT_TRUE(parse_content_type("a/b; C*=utf-8''d")->has_extended("c"));
    EXPECT_TRUE(parse_content_type("a/b; c*1*=d")->has_extended("c"));
    EXPECT_FALSE(parse_content_type("a/b; c=d; ce*=f")->has_extended("c"));
    for (const auto* bad :
         {"", "text", "text/", "/plain", "text plain", "text/plain charset=x", "text/plain; charset", "text/plain; =x",
          "text/plain; charset=", "text/plain; charset=\"x", "text/plain; charset=\"x\" y", "text/plain (x",
          "multipart/mixed; boundary=a; boundary=b", "multipart/mixed; boundary=a/b", "text/plain; charset=\"\"",
          "multipart/mixed; boundary=\"a\\", "text/pl\xc3\xa4in"})
        EXPECT_FALSE(parse_content_type(bad)) << bad;
    EXPECT_FALSE(parse_content_type("text/plain; a=" + std::string(10'000, 'x')));
}

// RFC 2046 §5.1.1
TEST(ContentType, SaysWhereTheLastPartEnds) {
    for (const auto* good : {"a", "----=_Part_0_1.2", "a b", "'()+_,-./:=?"}) EXPECT_TRUE(is_boundary(good)) << good;
    EXPECT_TRUE(is_boundary(std::string(70, 'x')));
    for (const auto* bad : {"", "a ", "a\nb", "\xc3\xa4"}) EXPECT_FALSE(is_boundary(bad)) << bad;
    EXPECT_FALSE(is_boundary(std::string(71, 'x')));
    struct Case {
        std::string_view body;
        std::optional<std::size_t> want;
    };
    const Case cases[] = {
        {"--b\n\nx\n--b--\n", 7},
        {"preamble\r\n--b\r\n\r\nx\r\n--b--", 20},
        {"--b \t\n\nx\n--b-- \r\nepilogue\n", 9},
        {"--b\n\nx\n--b--\nepilogue\n--b--\n", std::nullopt},
        {"--b\n\nx\n--b--\n--b\n\ny\n", std::nullopt},
        {"--b\n--b--\n", 4},
        {"--bc\n\n--bc--\n--b\n\n--b--\n", std::nullopt},  // another boundary that begins alike
        {"--b\n\n--bc\n--b--\n", std::nullopt},
        {"--b\n\nx\n--b--\n--b--c\n", std::nullopt},
        {"--c\n\n--b\n\n--b--\n--c--\n", 10},
        {"--b\n\nx\n--b--x\n", std::nullopt},
        {"--b--\n", std::nullopt},
        {"--b\n\nx\n", std::nullopt},
        {" --b\n --b--\n", std::nullopt},
        {"", std::nullopt},
    };
    for (const auto& [body, want] : cases) EXPECT_EQ(find_end_of_parts(body, "b"), want) << body;
}

}  // namespace
}  // namespace mime
