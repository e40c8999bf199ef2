#include "acme/account_key.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "text/base64.h"

namespace {

using crypto::SigningKey;
namespace json = boost::json;

// RFC 7638 §3.1
TEST(AccountKey, HasThePublishedThumbprint) {
    const acme::AccountKey key{
        "RS256",
        R"({"e":"AQAB","kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"})",
        [](std::string_view) { return std::string(); }};
    EXPECT_EQ(acme::thumbprint(key), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    // RFC 8555 §8.1, §8.4
    EXPECT_EQ(acme::key_authorization(key, "tok-en"), "tok-en.NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    EXPECT_EQ(acme::txt_value(acme::key_authorization(key, "tok-en")).size(), 43u);
}

// RFC 7518 §6.2.1, §6.3.1; RFC 7638 §3.2: required members alone, sorted
TEST(AccountKey, IsWrittenForItsThumbprint) {
    for (const auto kind : {SigningKey::Kind::P256, SigningKey::Kind::Rsa}) {
        const auto key = acme::account_key(SigningKey::make(kind));
        const auto jwk = json::parse(key.jwk).get_object();
        EXPECT_EQ(key.algorithm, kind == SigningKey::Kind::P256 ? "ES256" : "RS256");
        std::string members;
        for (const auto& member : jwk) members += std::string(std::string_view(member.key())) + ' ';
        EXPECT_EQ(members, kind == SigningKey::Kind::P256 ? "crv kty x y " : "e kty n ");
        EXPECT_EQ(json::serialize(jwk), key.jwk);
    }
}

std::string decoded(const json::object& object, std::string_view member) {
    std::string text(std::string_view(object.at(member).get_string()));
    for (char& c : text) c = c == '-' ? '+' : c == '_' ? '/' : c;
    while (text.size() % 4 != 0) text += '=';
    return text::parse_base64(text).value();
}

// RFC 8555 §6.2, RFC 7515 §5.1 and App. A.7
TEST(SignedRequest, SaysWhoAsksForWhat) {
    std::string signed_octets;
    acme::AccountKey key = acme::account_key(SigningKey::make(SigningKey::Kind::P256));
    key.sign = [&](std::string_view octets) {
        signed_octets = octets;
        return std::string("signature");
    };
    auto request =
        json::parse(acme::signed_request(key, "", "nonce1", "https://a.example/new", R"({"a":1})")).get_object();
    EXPECT_EQ(decoded(request, "payload"), R"({"a":1})");
    EXPECT_EQ(decoded(request, "signature"), "signature");
    EXPECT_EQ(signed_octets, std::string(std::string_view(request.at("protected").get_string())) + "." +
                                 std::string(std::string_view(request.at("payload").get_string())));
    auto header = json::parse(decoded(request, "protected")).get_object();
    EXPECT_EQ(header.at("alg").get_string(), "ES256");
    EXPECT_EQ(header.at("nonce").get_string(), "nonce1");
    EXPECT_EQ(header.at("url").get_string(), "https://a.example/new");
    EXPECT_EQ(json::serialize(header.at("jwk")), key.jwk);
    EXPECT_FALSE(header.contains("kid"));

    // §6.3: POST-as-GET has an empty payload, not an empty object.
    request =
        json::parse(acme::signed_request(key, "https://a.example/acct/1", "n", "https://a.example/o", "")).get_object();
    EXPECT_EQ(request.at("payload").get_string(), "");
    header = json::parse(decoded(request, "protected")).get_object();
    EXPECT_EQ(header.at("kid").get_string(), "https://a.example/acct/1");
    EXPECT_FALSE(header.contains("jwk"));
}

}  // namespace
