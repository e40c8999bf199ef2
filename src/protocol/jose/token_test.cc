#include "jose/token.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <memory>

#include "crypto/signing_key.h"
#include "text/base64.h"

namespace jose {
namespace {

using std::chrono::seconds;
using std::chrono::sys_seconds;

const sys_seconds now{seconds(1'800'000'000)};
constexpr std::string_view claims_of_ann =
    R"({"iss":"https://id.test/","aud":"mail","exp":1800000100,"email":"ann@l.test","scope":"openid mail"})";

/// An issuer of all kinds of tokens.
class Tokens : public testing::Test {
protected:
    Tokens() : ed25519(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"), &EVP_PKEY_free) {
        std::string x(32, '\0');
        std::size_t length = x.size();
        EVP_PKEY_get_raw_public_key(ed25519.get(), reinterpret_cast<unsigned char*>(x.data()), &length);
        const auto p = p256.public_numbers();
        const auto r = rsa.public_numbers();
        set = fmt::format(R"({{"keys":[
            {{"kty":"EC","crv":"P-256","kid":"p","x":"{}","y":"{}"}},
            {{"kty":"RSA","kid":"r","alg":"RS256","use":"sig","e":"{}","n":"{}"}},
            {{"kty":"OKP","crv":"Ed25519","kid":"e","x":"{}"}}]}})",
                          text::to_base64url(p.first), text::to_base64url(p.second), text::to_base64url(r.first),
                          text::to_base64url(r.second), text::to_base64url(x));
        auto read = parse_keys(set);
        EXPECT_TRUE(read) << read.error();
        if (read) keys = std::move(*read);
    }
    static std::string content(std::string_view header, std::string_view claims) {
        return text::to_base64url(header) + "." + text::to_base64url(claims);
    }
    std::string token(std::string_view header, std::string_view claims = claims_of_ann) const {
        const auto said = content(header, claims);
        return said + "." + text::to_base64url(p256.sign(said));
    }
    std::string by_ed25519(const std::string& said) const {
        std::string signature(64, '\0');
        std::size_t length = signature.size();
        EVP_MD_CTX* const context = EVP_MD_CTX_new();
        EVP_DigestSignInit(context, nullptr, nullptr, nullptr, ed25519.get());
        EVP_DigestSign(context, reinterpret_cast<unsigned char*>(signature.data()), &length,
                       reinterpret_cast<const unsigned char*>(said.data()), said.size());
        EVP_MD_CTX_free(context);
        return signature;
    }
    /// The user, or why there is none.
    std::string said_of(std::string_view text, sys_seconds at = now) const {
        const auto user = user_of(text, keys, demands, at);
        return user ? *user : std::string(describe(user.error()));
    }

    crypto::SigningKey p256 = crypto::SigningKey::make(crypto::SigningKey::Kind::P256);
    crypto::SigningKey rsa = crypto::SigningKey::make(crypto::SigningKey::Kind::Rsa);
    std::shared_ptr<EVP_PKEY> ed25519;
    std::string set;
    std::vector<Key> keys;
    Demands demands{.issuer = "https://id.test/", .audience = "mail", .scope = "mail"};
};

const std::string es256 = R"({"alg":"ES256","kid":"p"})";

// RFC 7515 §5.2, RFC 7518 §3.3, §3.4, RFC 8037 §3.1
TEST_F(Tokens, AreBelievedByTheirSignature) {
    EXPECT_EQ(said_of(token(es256)), "ann@l.test");
    EXPECT_EQ(said_of(token(R"({"alg":"ES256","typ":"at+jwt"})")), "ann@l.test");  // whichever key of that kind
    const auto by_rsa = content(R"({"alg":"RS256","kid":"r"})", claims_of_ann);
    EXPECT_EQ(said_of(by_rsa + "." + text::to_base64url(rsa.sign(by_rsa))), "ann@l.test");
    const auto by_e = content(R"({"alg":"EdDSA","kid":"e"})", claims_of_ann);
    EXPECT_EQ(said_of(by_e + "." + text::to_base64url(by_ed25519(by_e))), "ann@l.test");
}

// RFC 8725 §3.1, §3.2: the key says how it signs, and nobody signs with nothing.
TEST_F(Tokens, OfNobodyAreNotBelieved) {
    const auto good = token(es256);
    const auto signature = good.substr(good.rfind('.') + 1);
    const std::pair<std::string, std::string> cases[] = {
        {content(R"({"alg":"none"})", claims_of_ann) + ".", "its key is unknown"},
        {content(R"({"alg":"HS256","kid":"p"})", claims_of_ann) + "." + signature, "its key is unknown"},
        {content(R"({"alg":"RS256","kid":"p"})", claims_of_ann) + "." + signature, "its key is unknown"},
        {token(R"({"alg":"ES256","kid":"q"})"), "its key is unknown"},
        {token(R"({"kid":"p"})"), "its key is unknown"},
        {content(es256, R"({"email":"root@l.test"})") + "." + signature, "its signature is not that of its issuer"},
        {good.substr(0, good.rfind('.') + 1) + "AAAA", "its signature is not that of its issuer"},
        {good.substr(0, good.rfind('.') + 1), "its signature is not that of its issuer"},
        {token(R"({"alg":"ES256","kid":"p","crit":["exp"]})"), "it is malformed"},
    };
    for (const auto& [text, why] : cases) EXPECT_EQ(said_of(text), why) << text;
}

TEST_F(Tokens, ThatAreNoneAreMalformed) {
    const auto good = token(es256);
    for (const auto& text : {std::string(), std::string("."), std::string(".."), std::string("a.b.c"), good + "=",
                             good + "\n", good + ".x", " " + good, content("[]", "{}") + ".AA",
                             std::string(100'000, 'a'), content(R"({"alg":"ES256")", claims_of_ann) + ".AA"})
        EXPECT_EQ(said_of(text), "it is malformed") << text.substr(0, 50);
}

// RFC 7519 §4.1.1, §4.1.3, §4.1.4, §4.1.5; RFC 8693 §4.2
TEST_F(Tokens, SayWhoTheyAreForAndHowLong) {
    const auto with = [](std::string_view iss, std::string_view aud, std::string_view more) {
        return fmt::format(R"({{"iss":{},"aud":{},"email":"ann@l.test",{}}})", iss, aud, more);
    };
    const std::string issuer = R"("https://id.test/")", good = R"("exp":1800000100,"scope":"mail")";
    const std::pair<std::string, std::string> cases[] = {
        {with(issuer, R"(["web","mail"])", good), "ann@l.test"},
        {with(R"("https://id.test")", R"("mail")", good), "it is another issuer's, or for somebody else"},
        {with(R"(["https://id.test/"])", R"("mail")", good), "it is another issuer's, or for somebody else"},
        {with(issuer, R"("web")", good), "it is another issuer's, or for somebody else"},
        {with(issuer, R"(["web"])", good), "it is another issuer's, or for somebody else"},
        {with(issuer, "7", good), "it is another issuer's, or for somebody else"},
        {with(issuer, R"("mail")", R"("exp":1799999900,"scope":"mail")"), "it has expired, or is not valid yet"},
        {with(issuer, R"("mail")", R"("exp":1799999960.5,"scope":"mail")"), "ann@l.test"},  // clocks differ
        {with(issuer, R"("mail")", R"("exp":"1800000100","scope":"mail")"), "it is malformed"},
        {with(issuer, R"("mail")", R"("exp":1e999,"scope":"mail")"), "it is malformed"},
        {with(issuer, R"("mail")", R"("scope":"mail")"), "it is malformed"},
        {with(issuer, R"("mail")", good + R"(,"nbf":1800000050)"), "ann@l.test"},
        {with(issuer, R"("mail")", good + R"(,"nbf":1800000090)"), "it has expired, or is not valid yet"},
        {with(issuer, R"("mail")", good + R"(,"nbf":"soon")"), "it is malformed"},
        {with(issuer, R"("mail")", R"("exp":1800000100,"scope":"email mailing")"),
         "it has not the scope that is asked for"},
        {with(issuer, R"("mail")", R"("exp":1800000100)"), "it has not the scope that is asked for"},
    };
    for (const auto& [claims, said] : cases) EXPECT_EQ(said_of(token(es256, claims)), said) << claims;
    demands.scope = "";
    EXPECT_EQ(said_of(token(es256, with(issuer, R"("mail")", R"("exp":1800000100)"))), "ann@l.test");
}

TEST_F(Tokens, NameSomebody) {
    const auto with = [](std::string_view names) {
        return fmt::format(R"({{"iss":"https://id.test/","aud":"mail","exp":1800000100,"scope":"mail"{}}})", names);
    };
    const std::pair<std::string, std::string> cases[] = {
        {R"(,"email":"ann@l.test","email_verified":true,"sub":"7")", "ann@l.test"},
        {R"(,"email":"ann@l.test","email_verified":"true")", "ann@l.test"},
        {R"(,"email":"ann@l.test","email_verified":false,"sub":"7")", "it names nobody"},
        {R"(,"email":"ann@l.test","email_verified":null)", "it names nobody"},
        {R"(,"preferred_username":"ann","sub":"7")", "ann"},
        {R"(,"sub":"7")", "7"},
        {R"(,"email":7)", "it names nobody"},
        {R"(,"email":"ann\u0000@l.test")", "it names nobody"},
        {"", "it names nobody"},
    };
    for (const auto& [names, said] : cases) EXPECT_EQ(said_of(token(es256, with(names))), said) << names;
    demands.user_claims = {"upn"};
    EXPECT_EQ(said_of(token(es256, with(R"(,"email":"ann@l.test","upn":"bob@l.test")"))), "bob@l.test");
}

// RFC 7517 §4, §5
TEST(Keys, AreReadFromASet) {
    const auto count = [](std::string_view members) -> std::string {
        const auto keys = parse_keys(fmt::format(R"({{"keys":[{}]}})", members));
        return keys ? std::to_string(keys->size()) : keys.error();
    };
    const std::string ed =
        R"({"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})";  // RFC 8037
    const std::string p256 =
        R"({"kty":"EC","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"})";  // RFC 7517 App. A.1
    EXPECT_EQ(count(ed + "," + p256), "2");
    EXPECT_EQ(count(ed + R"(,{"kty":"oct"},{"kty":"EC","crv":"P-521"},{"kty":"RSA","n":"AQAB","e":"AQAB"},{})"), "1");
    EXPECT_EQ(count(ed + R"(,{"kty":"oct","k":"c2VjcmV0"})"),
              "holds a secret key: the public ones are enough, and nobody else's to have");
    EXPECT_EQ(count(""), "holds no key for RS256, ES256 or EdDSA");
    EXPECT_EQ(count(R"({"kty":"OKP","crv":"Ed25519","use":"enc","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})"),
              "holds no key for RS256, ES256 or EdDSA");
    // Not a point of the curve.
    EXPECT_EQ(
        count(
            R"({"kty":"EC","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","y":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4"})"),
        "holds no key for RS256, ES256 or EdDSA");
    EXPECT_EQ(count("7"), "is no JSON Web Key Set");
    for (const auto* text : {"", "[]", "{}", R"({"keys":{}})", "{\"keys\":"}) EXPECT_FALSE(parse_keys(text)) << text;
}

// RFC 8037 App. A.4, RFC 7515 App. A.3: signatures of others.
TEST(Keys, CheckSignaturesOfTheStandards) {
    const auto octets = [](std::string_view text) { return text::parse_base64url(text).value(); };
    const auto ed = crypto::VerifyingKey::ed25519(octets("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"));
    ASSERT_TRUE(ed);
    const auto signature =
        octets("hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg");
    EXPECT_TRUE(ed->is_signature("eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc", signature));
    EXPECT_FALSE(ed->is_signature("eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmd", signature));
    const auto p256 = crypto::VerifyingKey::p256(octets("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"),
                                                 octets("x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"));
    ASSERT_TRUE(p256);
    EXPECT_TRUE(p256->is_signature(
        "eyJhbGciOiJFUzI1NiJ9."
        "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ",
        octets("DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q")));
}

}  // namespace
}  // namespace jose
