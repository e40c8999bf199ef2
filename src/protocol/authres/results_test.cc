#include "authres/results.h"

#include <gtest/gtest.h>

#include "authres/removal.h"

namespace authres {
namespace {

using Code = Error::Code;

std::string again(std::string_view value) {
    const auto results = parse_results(value);
    return results ? to_text(*results) : std::string(describe(results.error().code));
}

}  // namespace

// RFC 8601 §2.2, App. B: what is read is written without its comments and its folding.
TEST(AuthenticationResults, AreReadAndWritten) {
    const std::pair<std::string_view, std::string_view> cases[] = {
        {" example.org 1; none", "example.org; none"},
        {"example.com;\r\n spf=pass smtp.mailfrom=example.net", "example.com; spf=pass smtp.mailfrom=example.net"},
        {"example.com; auth=pass (cleartext) smtp.auth=sender@example.net;\n\tspf=pass smtp.mailfrom=example.net",
         "example.com; auth=pass smtp.auth=sender@example.net; spf=pass smtp.mailfrom=example.net"},
        {"example.com; dkim=pass (good signature) header.d=example.com; dkim=fail reason=\"bad (hash)\" header.i=@a.b",
         "example.com; dkim=pass header.d=example.com; dkim=fail reason=\"bad (hash)\" header.i=@a.b"},
        {"foo.example.net (foobar) 1 (baz);\r\n dkim (Because I like it) / 1 (One yay) = (wait for it) fail\r\n"
         " policy (A dot can go here) . (like that) expired (this surprised me)\r\n = (as I wasn't expecting it) "
         "1362471462",
         "foo.example.net; dkim=fail policy.expired=1362471462"},
        {"A.Example 2; SPF/3=PASS SMTP.MailFrom=A@B", "A.Example 2; spf/3=pass smtp.mailfrom=A@B"},
        {"\"odd name\"; iprev=pass policy.iprev=2001:db8::1; ",
         "\"odd name\"; iprev=pass policy.iprev=\"2001:db8::1\""},
        {"a; x=y header.b=\"a\\\"b\\\\\"", "a; x=y header.b=\"a\\\"b\\\\\""},
        {"a; x=y header.b=ab/cd+==", "a; x=y header.b=\"ab/cd+==\""},
        {"a; x=y header.from=\"\"", "a; x=y header.from=\"\""},
        {"a; none=pass", "a; none=pass"},
        {"a; dmarc=pass header.from=\xc3\xbc.example", "a; dmarc=pass header.from=\"\xc3\xbc.example\""},
        {"a; spf=pass smtp.mailfrom=x reason=late", "a; spf=pass reason=\"late\" smtp.mailfrom=x"},
    };
    for (const auto& [value, written] : cases) {
        SCOPED_TRACE(value);
        EXPECT_EQ(again(value), written);
        EXPECT_EQ(parse_results(written), parse_results(value));
    }
}

// RFC 8601 §2.2
TEST(AuthenticationResults, AreRefusedWhereTheGrammarDoesNotHaveThem) {
    const std::pair<std::string_view, Code> cases[] = {
        {"", Code::MissingId},
        {"(only", Code::OpenComment},
        {"; spf=pass", Code::MissingId},
        {"\"\"; spf=pass", Code::MissingId},
        {"\"open; spf=pass", Code::MissingId},
        {"example.org", Code::MissingResult},
        {"example.org spf=pass", Code::BadProperty},
        {"example.org 1234567; none", Code::BadVersion},
        {"example.org;", Code::BadMethod},
        {"example.org; none; spf=pass", Code::BadMethod},
        {"example.org; spf", Code::BadMethod},
        {"example.org; spf=", Code::BadResult},
        {"example.org; spf=pass smtp", Code::BadProperty},
        {"example.org; spf=pass smtp.mailfrom", Code::BadProperty},
        {"example.org; spf=pass smtp.mailfrom=", Code::BadValue},
        {"example.org; spf=pass smtp.mailfrom=\"a", Code::BadValue},
        {"example.org; spf=pass (", Code::OpenComment},
        {"example.org; spf/=pass", Code::BadVersion},
    };
    for (const auto& [value, code] : cases) {
        const auto results = parse_results(value);
        ASSERT_FALSE(results) << value;
        EXPECT_EQ(results.error().code, code) << value;
    }
}

TEST(AuthenticationResults, AreBounded) {
    std::string value = "a";
    for (std::size_t i = 0; i <= most_results; ++i) value += "; x=y";
    EXPECT_EQ(parse_results(value).error().code, Code::TooMany);
    value = "a; x=y";
    for (std::size_t i = 0; i <= most_properties; ++i) value += " b.c=d";
    EXPECT_EQ(parse_results(value).error().code, Code::TooMany);
    EXPECT_TRUE(parse_results("a " + std::string(100'000, '(') + std::string(100'000, ')') + "; none"));
    EXPECT_EQ(parse_results("a " + std::string(100'000, '(')).error().code, Code::OpenComment);
}

// Hostile: names that strangers chose cannot end the value, the result or the field.
TEST(AuthenticationResults, QuoteWhatStrangersChose) {
    Results results{.authserv_id = "we.example", .results = {{.method = "spf", .result = "fail"}}};
    results.results[0].reason = "a\r\n\"b";
    results.results[0].properties = {{"smtp", "helo", "x; dmarc=pass (\""}, {"smtp", "mailfrom", "a@b; c"}};
    EXPECT_EQ(to_text(results),
              "we.example; spf=fail reason=\"a??\\\"b\" smtp.helo=\"x; dmarc=pass (\\\"\" smtp.mailfrom=\"a@b; c\"");
    const auto read = parse_results(to_text(results));
    ASSERT_TRUE(read);
    EXPECT_EQ(read->results.size(), 1u);
    EXPECT_EQ(read->results[0].properties, results.results[0].properties);
}

// RFC 8601 §5
TEST(AuthenticationResults, InOurNameAreRemoved) {
    const Ourselves ourselves{{"mx.example.org", "example.org"}};
    for (const std::string_view value :
         {"mx.example.org; spf=pass", " MX.Example.Org;spf=pass", "(hello) mx.example.org 1; none",
          "\"mx.example.org\"; x=y", "\"mx.example.org \"; x=y", "mx.example.org.; x=y", "mx.example.org",
          "mx.example.org; broken (", "example.org\r\n 99; a=b", "", "; spf=pass", "spf=pass", "(open", "\"open"})
        EXPECT_TRUE(is_forged(value, ourselves)) << value;
    for (const std::string_view value : {"mx.example.com; spf=pass", "mx.example.org.evil.example; spf=pass",
                                         "a.mx.example.org; spf=pass", "\"x\" mx.example.org; spf=pass"})
        EXPECT_FALSE(is_forged(value, ourselves)) << value;

    const std::string header =
        "Received: a\r\nAuthentication-Results: mx.example.org;\r\n dkim=pass\r\nauthentication-results : EXAMPLE.ORG; "
        "a=b\r\n"
        "Authentication-Results: other.example; spf=pass\r\nX-Authentication-Results: example.org; a=b\r\nSubject: "
        "b\r\n\r\nbody";
    EXPECT_EQ(without_forged(header, ourselves),
              "Received: a\r\nAuthentication-Results: other.example; spf=pass\r\n"
              "X-Authentication-Results: example.org; a=b\r\nSubject: b\r\n\r\nbody");
}

struct Removed {
    std::string kept;
    std::size_t fields = 0;
};
Removed remove_in_pieces(std::string_view text, std::size_t length) {
    Removed removed;
    Removal removal({{"mx.example.org"}}, {"X-Spam-Flag", "X-Spam"});
    for (std::size_t at = 0; at < text.size(); at += length) removal.add(text.substr(at, length), removed.kept);
    removal.finish(removed.kept);
    removed.fields = removal.removed();
    return removed;
}

// RFC 8601 §5, while a message streams by
TEST(Removal, IsTheSameInPiecesOfAnyLength) {
    const std::string blanks(2000, ' ');
    const std::string flood = "Authentication-Results: other.example; x=\"" + std::string(70'000, 'y') + "\"\r\n";
    const std::pair<std::string, std::string> cases[] = {
        {"A: b\r\n\r\nAuthentication-Results: mx.example.org; a=b\r\n",
         "A: b\r\n\r\nAuthentication-Results: mx.example.org; a=b\r\n"},
        {"Authentication-Results: mx.example.org;\r\n a=b\r\n\tc=d\r\nA: b\r\n\r\n", "A: b\r\n\r\n"},
        {"authentication-RESULTS \t: mx.example.org; a=b\r\n\r\nx", "\r\nx"},
        {"Authentication-Results" + blanks + ": mx.example.org; a=b\r\nA: b\r\n\r\n", "A: b\r\n\r\n"},
        {"Authentication-Results\r\n : mx.example.org; a=b\r\nA: b\r\n\r\n", "A: b\r\n\r\n"},
        {"Authentication-Results \r\n none\r\nA: b\r\n\r\n", "Authentication-Results \r\n none\r\nA: b\r\n\r\n"},
        {"Authentication-Results-Of: mx.example.org\r\nAuthentication-Result: mx.example.org\r\n",
         "Authentication-Results-Of: mx.example.org\r\nAuthentication-Result: mx.example.org\r\n"},
        {" Authentication-Results: mx.example.org; a=b\r\n\r\n",
         " Authentication-Results: mx.example.org; a=b\r\n\r\n"},
        {"Authentication-Results: mx.example.org; a=b", ""},
        {"Authentication-Results", "Authentication-Results"},
        {"A: b\r\n\r", "A: b\r\n\r"},
        {flood + "A: b\r\n\r\nx", "A: b\r\n\r\nx"},
        {"x-spam-FLAG : YES\r\n more\r\nA: b\r\n\r\n", "A: b\r\n\r\n"},
        {"A: b\r\nX-Spam: a\r\n\r\nX-Spam: a\r\n", "A: b\r\n\r\nX-Spam: a\r\n"},
        {"X-Spam-Flags: a\r\nX-Spa: b\r\nX-Spam", "X-Spam-Flags: a\r\nX-Spa: b\r\nX-Spam"},
        {"Authentication-Results: other.example; a=b\n\nx", "Authentication-Results: other.example; a=b\n\nx"},
    };
    for (const auto& [text, kept] : cases)
        for (const std::size_t length : {std::size_t{1}, std::size_t{2}, std::size_t{7}, text.size()}) {
            const auto removed = remove_in_pieces(text, length);
            EXPECT_EQ(removed.kept, kept) << text.substr(0, 80) << " in pieces of " << length;
            EXPECT_EQ(removed.fields, kept == text ? 0u : 1u) << text.substr(0, 80);
        }
}

}  // namespace authres
