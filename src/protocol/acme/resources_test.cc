#include "acme/resources.h"

#include <gtest/gtest.h>

#include "acme/times.h"

namespace {

using namespace std::chrono_literals;

// RFC 8555 §7.1.1
TEST(AcmeDirectory, IsRead) {
    const auto directory = acme::parse_directory(R"({
        "newNonce": "https://example.com/acme/new-nonce", "newAccount": "https://example.com/acme/new-account",
        "newOrder": "https://example.com/acme/new-order", "revokeCert": "https://example.com/acme/revoke-cert",
        "keyChange": "https://example.com/acme/key-change", "stranger": [1, {"x": null}],
        "meta": {"termsOfService": "https://example.com/terms", "externalAccountRequired": true}})");
    ASSERT_TRUE(directory) << directory.error().detail;
    EXPECT_EQ(directory->new_order, "https://example.com/acme/new-order");
    EXPECT_EQ(directory->terms_of_service, "https://example.com/terms");
    EXPECT_TRUE(directory->requires_external_account);
}

TEST(AcmeDirectory, RefusesWhatIsNone) {
    for (
        const std::string text : {
            "",
            "<html>",
            "[]",
            "null",
            "{}",
            R"({"newNonce": "https://a.example/n"})",
            // §6.1: HTTPS alone
            R"({"newNonce": "http://a.example/n", "newAccount": "https://a.example/a", "newOrder": "https://a.example/o",
                 "revokeCert": "https://a.example/r"})",
            R"({"newNonce": 7, "newAccount": "https://a.example/a", "newOrder": "https://a.example/o",
                 "revokeCert": "https://a.example/r"})",
            R"({"newNonce": "file:///etc/passwd", "newAccount": "https://a.example/a", "newOrder": "https://a.example/o",
                 "revokeCert": "https://a.example/r"})",
        })
        EXPECT_FALSE(acme::parse_directory(text)) << text;
    EXPECT_FALSE(acme::parse_directory(std::string(1000, '[') + std::string(1000, ']')));
    EXPECT_FALSE(acme::parse_directory("{\"a\":\"" + std::string(acme::longest_answer, 'x') + "\"}"));
}

// RFC 8555 §7.1.3, §7.1.6
TEST(AcmeOrder, IsRead) {
    const auto order = acme::parse_order(R"({"status": "valid", "expires": "2026-01-20T14:09:07.99Z",
        "identifiers": [{"type": "dns", "value": "www.example.org"}],
        "authorizations": ["https://example.com/acme/authz/1", "https://example.com/acme/authz/2"],
        "finalize": "https://example.com/acme/order/1/finalize", "certificate": "https://example.com/acme/cert/1"})");
    ASSERT_TRUE(order);
    EXPECT_EQ(order->status, acme::Status::Valid);
    EXPECT_EQ(order->authorizations.size(), 2u);
    EXPECT_EQ(order->certificate, "https://example.com/acme/cert/1");
}

TEST(AcmeOrder, RefusesWhatIsNone) {
    const std::string rest = R"("authorizations": [], "finalize": "https://a.example/f")";
    EXPECT_TRUE(acme::parse_order(R"({"status": "pending", )" + rest + "}"));
    EXPECT_FALSE(acme::parse_order(R"({"status": "valid", )" + rest + "}"));  // without a certificate
    EXPECT_FALSE(acme::parse_order(R"({"status": "well", )" + rest + "}"));
    EXPECT_FALSE(acme::parse_order(R"({"status": 1, )" + rest + "}"));
    EXPECT_FALSE(
        acme::parse_order(R"({"status": "pending", "authorizations": {}, "finalize": "https://a.example/f"})"));
    EXPECT_FALSE(acme::parse_order(R"({"status": "pending", "authorizations": ["http://a.example/1"],
                                      "finalize": "https://a.example/f"})"));
    std::string many = R"({"status": "pending", "finalize": "https://a.example/f", "authorizations": [)";
    for (int i = 0; i < 101; ++i) many += std::string(i ? "," : "") + R"("https://a.example/1")";
    EXPECT_FALSE(acme::parse_order(many + "]}"));
}

// RFC 8555 §7.1.4, §8
TEST(AcmeAuthorization, KnowsThreeKindsOfChallenge) {
    const auto authorization = acme::parse_authorization(R"({"status": "pending",
        "identifier": {"type": "dns", "value": "WWW.example.org"},
        "challenges": [
            {"url": "https://a.example/1", "type": "http-01", "status": "pending", "token": "DGyRejmCefe7v4N_-DSg"},
            {"url": "https://a.example/2", "type": "dns-01", "status": "invalid", "token": "x",
             "error": {"type": "urn:ietf:params:acme:error:dns", "detail": "no such record"}},
            {"url": "https://a.example/3", "type": "tls-alpn-01", "status": "pending", "token": "y"},
            {"type": "carrier-pigeon-01"}]})");
    ASSERT_TRUE(authorization) << authorization.error().detail;
    EXPECT_EQ(authorization->name, "www.example.org");
    ASSERT_EQ(authorization->challenges.size(), 3u);
    EXPECT_EQ(authorization->challenges[0].token, "DGyRejmCefe7v4N_-DSg");
    EXPECT_EQ(authorization->challenges[1].problem, (acme::Problem{"dns", "no such record"}));
    EXPECT_EQ(authorization->challenges[2].type, acme::ChallengeType::TlsAlpn01);
}

// §8.3: the token becomes part of a path. Hostile.
TEST(AcmeAuthorization, TakesNoTokenThatIsNone) {
    for (const std::string token : {"", "../../etc/passwd", "a b", "a/b", "a+b", "a=", "a.b", "\u00e9"})
        EXPECT_FALSE(acme::parse_authorization(
            R"({"status": "pending", "identifier": {"type": "dns", "value": "a.example"}, "challenges": [
                {"url": "https://a.example/1", "type": "http-01", "status": "pending", "token": ")" +
            token + "\"}]}"))
            << token;
}

// RFC 8555 §6.7
TEST(AcmeProblem, IsRead) {
    const auto problem = acme::parse_problem(
        R"({"type": "urn:ietf:params:acme:error:rateLimited", "detail": "too many", "status": 429})");
    ASSERT_TRUE(problem);
    EXPECT_EQ(acme::to_text(*problem), "too many (rateLimited)");
    EXPECT_FALSE(acme::parse_problem("{}"));
    EXPECT_FALSE(acme::parse_problem("502 Bad Gateway"));
}

// RFC 8555 §9.1, §11.4
TEST(AcmeChain, HoldsCertificatesAlone) {
    const std::string one = "-----BEGIN CERTIFICATE-----\nAAEC\nAwQF\n-----END CERTIFICATE-----\n";
    const auto chain = acme::parse_chain(one + "\r\n" + one);
    ASSERT_TRUE(chain);
    EXPECT_EQ(chain->size(), 2u);
    EXPECT_EQ((*chain)[0], std::string("\0\1\2\3\4\5", 6));
    for (const std::string& text :
         {std::string(), std::string("-----BEGIN CERTIFICATE-----\nAAEC\n"),
          one + "-----BEGIN PRIVATE KEY-----\nAAEC\n-----END PRIVATE KEY-----\n", "words\n" + one,
          std::string("-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n"),
          std::string("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n")})
        EXPECT_FALSE(acme::parse_chain(text)) << text;
}

// RFC 9110 §10.2.3
TEST(AcmeTimes, ReadsRetryAfter) {
    const std::chrono::sys_seconds now(784111777s);  // Sun, 06 Nov 1994 08:49:37 GMT
    EXPECT_EQ(acme::parse_retry_after("120", now), 120s);
    EXPECT_EQ(acme::parse_retry_after("Sun, 06 Nov 1994 08:50:37 GMT", now), 60s);
    EXPECT_EQ(acme::parse_retry_after("Sun, 06 Nov 1994 08:48:37 GMT", now), 0s);
    EXPECT_EQ(acme::parse_retry_after("99999999999999999999999", now), acme::longest_retry_after);
    EXPECT_EQ(acme::parse_retry_after("", now), std::nullopt);
    EXPECT_EQ(acme::parse_retry_after("soon", now), std::nullopt);
    EXPECT_EQ(acme::parse_retry_after("-5", now), std::nullopt);
}

TEST(AcmeTimes, RenewsWhenAThirdIsLeft) {
    const std::chrono::sys_seconds begin(1'800'000'000s);
    EXPECT_EQ(acme::renewal_time(begin, begin + 90 * 24h), begin + 60 * 24h);
    EXPECT_EQ(acme::renewal_time(begin, begin + 6 * 24h), begin + 4 * 24h);
    EXPECT_EQ(acme::renewal_time(begin, begin - 1h), begin - 1h);
}

TEST(AcmeTimes, WaitsLongerAfterEachFailure) {
    EXPECT_EQ(acme::wait_after_failure(1, {}), 5min);
    EXPECT_EQ(acme::wait_after_failure(2, {}), 10min);
    EXPECT_EQ(acme::wait_after_failure(4000000000u, {}), 24h);
    EXPECT_EQ(acme::wait_after_failure(1, 3h), 3h);  // RFC 8555 §6.6
    EXPECT_EQ(acme::wait_after_failure(1, 1s), 5min);
}

}  // namespace
