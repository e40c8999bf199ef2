#include "tls/certificate.h"

#include <gtest/gtest.h>

#include "testing/certificates.h"

namespace {

using tls::testing::make_pair;

// RFC 5280 §4.2.1.6, RFC 6125 §6.4.3
TEST(Certificate, KnowsItsNames) {
    const auto certificate = tls::Certificate::parse(
        make_pair({.names = "DNS:MX.example.org,DNS:*.example.net,DNS:mx.example.org"}).certificate);
    ASSERT_TRUE(certificate);
    EXPECT_EQ(certificate->names(), (std::vector<std::string>{"*.example.net", "mx.example.org"}));
    for (const auto* host : {"mx.example.org", "Mx.Example.org", "a.example.net"})
        EXPECT_TRUE(certificate->covers(host)) << host;
    for (const auto* host : {"example.org", "a.b.example.net", "example.net", "x.mx.example.org", ""})
        EXPECT_FALSE(certificate->covers(host)) << host;
}

TEST(Certificate, KnowsItsTimesAndItsKey) {
    for (const std::string kind : {"EC", "RSA"}) {
        const auto pair = make_pair({.kind = kind, .ends = 86'400 * 10});
        const auto certificate = tls::Certificate::parse(pair.certificate);
        const auto key = tls::PrivateKey::parse(pair.key);
        ASSERT_TRUE(certificate && key);
        EXPECT_EQ(certificate->key(), key->id());
        EXPECT_EQ(certificate->key_kind(), kind == "EC" ? tls::KeyKind::Ec : tls::KeyKind::Rsa);
        const auto left = certificate->not_after() - std::chrono::system_clock::now();
        EXPECT_GT(left, std::chrono::hours(239));
        EXPECT_LE(left, std::chrono::hours(240));
    }
}

TEST(Certificate, SaysWhatIsWrong) {
    EXPECT_FALSE(tls::Certificate::parse(""));
    EXPECT_FALSE(tls::Certificate::parse("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"));
    const auto pair = make_pair({});
    EXPECT_EQ(tls::Certificate::parse(pair.key).error(), "holds no certificate in PEM form");
    EXPECT_EQ(tls::PrivateKey::parse(pair.certificate).error(),
              "holds no private key in PEM form without a passphrase");
    EXPECT_EQ(tls::Certificate::parse(std::string(2'000'000, 'x')).error(), "is too long for a certificate");
}

TEST(PrivateKey, SignsOnlyAsItsKindDoes) {
    const auto key = tls::PrivateKey::parse(make_pair({}).key);
    EXPECT_TRUE(key->sign(tls::Scheme::EcdsaSha256, "x"));
    EXPECT_FALSE(key->sign(tls::Scheme::RsaPssSha256, "x"));
    EXPECT_FALSE(key->sign(static_cast<tls::Scheme>(0x1234), "x"));
}

}  // namespace
