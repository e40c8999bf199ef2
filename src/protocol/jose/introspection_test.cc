#include "jose/introspection.h"

#include <gtest/gtest.h>

namespace jose {
namespace {

using std::chrono::seconds;
using std::chrono::sys_seconds;

const sys_seconds now{seconds(1'800'000'000)};
const Demands demands{
    .issuer = "https://id.test/", .audience = "mail", .scope = "mail", .user_claims = {"email", "username"}};

std::string said_of(std::string_view json, const Demands& wanted = demands) {
    const auto said = Introspection::parse(json);
    if (!said) return "no answer";
    const auto user = said->user(wanted, now);
    return user ? *user : std::string(describe(user.error()));
}

// RFC 7662 §2.2
TEST(Introspection, SaysWhoseTokenItIs) {
    const std::pair<const char*, const char*> cases[] = {
        {R"({"active":true,"aud":"mail","scope":"openid mail","username":"ann@l.test"})", "ann@l.test"},
        {R"({"active":true,"aud":["web","mail"],"scope":"mail","iss":"https://id.test/","exp":1800000100,"email":"bob@l.test"})",
         "bob@l.test"},
        {R"({"active":true,"aud":"mail","scope":"mail","email":"bob@l.test","email_verified":false})",
         "it names nobody"},
        {R"({"active":false})", "its issuer says that it is not active"},
        {R"({"active":false,"aud":"mail","scope":"mail","username":"ann"})", "its issuer says that it is not active"},
        {R"({"active":true,"aud":"mail","scope":"mail","username":"ann","exp":1799999900})",
         "it has expired, or is not valid yet"},
        {R"({"active":true,"aud":"mail","scope":"mail","username":"ann","nbf":1800000100})",
         "it has expired, or is not valid yet"},
        {R"({"active":true,"aud":"mail","scope":"mail","username":"ann","exp":"soon"})", "it is malformed"},
        {R"({"active":true,"scope":"mail","username":"ann"})", "it is another issuer's, or for somebody else"},
        {R"({"active":true,"aud":"web","scope":"mail","username":"ann"})",
         "it is another issuer's, or for somebody else"},
        {R"({"active":true,"iss":"https://other/","aud":"mail","scope":"mail","username":"ann"})",
         "it is another issuer's, or for somebody else"},
        {R"({"active":true,"iss":7,"aud":"mail","scope":"mail","username":"ann"})",
         "it is another issuer's, or for somebody else"},
        {R"({"active":true,"aud":"mail","scope":"mailer","username":"ann"})", "it has not the scope that is asked for"},
        {R"({"active":true,"aud":"mail","scope":"mail"})", "it names nobody"},
    };
    for (const auto& [json, wanted] : cases) EXPECT_EQ(said_of(json), wanted) << json;
}

// Hostile: what is no answer is neither yes nor no.
TEST(Introspection, OfAnotherFormSaysNothing) {
    for (const char* json : {"", "{}", "[]", "true", R"({"active":"true"})", R"({"active":1})", R"({"active":true)",
                             R"({"error":"invalid_client"})", "<html>"})
        EXPECT_EQ(said_of(json), "no answer") << json;
    EXPECT_FALSE(Introspection::parse(R"({"active":true,"x":")" + std::string(longest_introspection, 'x') + "\"}"));
}

TEST(Introspection, WithoutAnAudienceTheScopeSaysForWhom) {
    Demands wanted = demands;
    wanted.issuer = wanted.audience = "";
    EXPECT_EQ(said_of(R"({"active":true,"scope":"mail","iss":"https://any/","username":"ann"})", wanted), "ann");
    EXPECT_EQ(said_of(R"({"active":true,"username":"ann"})", wanted), "it has not the scope that is asked for");
}

TEST(Introspection, SaysWhenTheTokenEnds) {
    const std::pair<const char*, std::optional<std::int64_t>> cases[] = {
        {R"({"active":true,"exp":1800000100.5})", 1'800'000'100}, {R"({"active":true})", std::nullopt},
        {R"({"active":true,"exp":1e300})", 4'000'000'000},        {R"({"active":true,"exp":-1e300})", 0},
        {R"({"active":true,"exp":"x"})", std::nullopt},
    };
    for (const auto& [json, wanted] : cases) {
        const auto ends = Introspection::parse(json)->expires();
        EXPECT_EQ(ends ? std::optional(ends->time_since_epoch().count()) : std::nullopt, wanted) << json;
    }
}

// RFC 7662 §2.1, RFC 6749 §2.3.1 and App. B
TEST(Introspection, IsAskedForByForm) {
    EXPECT_EQ(introspection_request("2YotnFZF&x=1 é"), "token=2YotnFZF%26x%3D1%20%C3%A9&token_type_hint=access_token");
    EXPECT_EQ(basic_credentials("s6BhdRkqt3", "gX1fBat3bV"), "Basic czZCaGRSa3F0MzpnWDFmQmF0M2JW");  // RFC 6749 §2.3.1
    EXPECT_EQ(basic_credentials("a:b", "c d"), "Basic YSUzQWI6YyUyMGQ=");
}

}  // namespace
}  // namespace jose
