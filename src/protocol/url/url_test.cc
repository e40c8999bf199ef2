#include "url/url.h"

#include <gtest/gtest.h>

namespace {

using url::Url;

// RFC 3986 §3, RFC 9110 §4.2
TEST(Url, IsReadToOneMeaning) {
    struct Case {
        std::string_view text;
        Url want;
    };
    const Case cases[] = {
        {"https://acme.example.org/directory", {"https", "acme.example.org", 443, "/directory"}},
        {"HTTPS://ACME.example.org", {"https", "acme.example.org", 443, "/"}},
        {"https://acme.example.org?a=b", {"https", "acme.example.org", 443, "/?a=b"}},
        {"https://127.0.0.1:14000/dir?x=1", {"https", "127.0.0.1", 14000, "/dir?x=1"}},
        {"https://[::1]:14000/dir", {"https", "::1", 14000, "/dir"}},
        {"http://example.org:/", {"http", "example.org", 80, "/"}},
    };
    for (const auto& [text, want] : cases) {
        SCOPED_TRACE(text);
        const auto found = url::parse(text);
        ASSERT_TRUE(found);
        EXPECT_EQ(*found, want);
    }
}

TEST(Url, WithMoreThanOneMeaningIsRefused) {
    for (const std::string text :
         {"", "/directory", "example.org", "ftp://example.org/", "https:///x", "https://user@example.org/",
          "https://user:secret@example.org/", "https://example.org/#part", "https://example.org:0/",
          "https://example.org:99999/", "https://exa%6dple.org/", "https://example.org/a b",
          "https://example.org/\r\nX: y", "https:example.org", "https://[::1/", "https://example.org:44x/"})
        EXPECT_FALSE(url::parse(text)) << text;
    EXPECT_FALSE(url::parse("https://example.org/" + std::string(url::longest, 'a')));
}

TEST(Url, NamesTheHostAsRequestsDo) {
    EXPECT_EQ(url::authority(*url::parse("https://example.org/x")), "example.org");
    EXPECT_EQ(url::authority(*url::parse("https://example.org:8443/x")), "example.org:8443");
    EXPECT_EQ(url::authority(*url::parse("http://[::1]:8080/")), "[::1]:8080");
}

}  // namespace
