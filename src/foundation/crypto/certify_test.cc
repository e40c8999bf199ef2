#include "crypto/certify.h"

#include <gtest/gtest.h>
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "crypto/digest.h"

namespace {

using crypto::SigningKey;

std::string names_of(const GENERAL_NAMES* names) {
    std::string text;
    for (int i = 0; i < sk_GENERAL_NAME_num(names); ++i) {
        const ASN1_IA5STRING* name = sk_GENERAL_NAME_value(names, i)->d.dNSName;
        text += std::string(reinterpret_cast<const char*>(ASN1_STRING_get0_data(name)),
                            static_cast<std::size_t>(ASN1_STRING_length(name))) +
                ' ';
    }
    return text;
}

TEST(SigningKey, IsReadAsItWasWritten) {
    for (const auto kind : {SigningKey::Kind::P256, SigningKey::Kind::Rsa}) {
        const auto key = SigningKey::make(kind);
        const auto again = SigningKey::parse(key.to_pem());
        ASSERT_TRUE(again) << again.error();
        EXPECT_EQ(again->kind(), kind);
        EXPECT_EQ(again->public_numbers().first, key.public_numbers().first);
        EXPECT_EQ(again->public_numbers().second, key.public_numbers().second);
    }
}

// RFC 7518 §3.3, §3.4, §6.2.1.2
TEST(SigningKey, SignsInTheFormsOfJws) {
    for (int round = 0; round < 50; ++round)  // a number with zeros in front keeps its 32 octets
        EXPECT_EQ(SigningKey::make(SigningKey::Kind::P256).sign("text").size(), 64u);
    const auto ec = SigningKey::make(SigningKey::Kind::P256);
    EXPECT_EQ(ec.public_numbers().first.size(), 32u);
    EXPECT_EQ(ec.public_numbers().second.size(), 32u);
    const auto rsa = SigningKey::make(SigningKey::Kind::Rsa);
    EXPECT_EQ(rsa.sign("text").size(), SigningKey::rsa_bits / 8);
    EXPECT_EQ(rsa.sign("text"), rsa.sign("text"));
    EXPECT_EQ(rsa.public_numbers().first, std::string("\x01\x00\x01", 3));
}

TEST(SigningKey, RefusesWhatIsNoKeyForUs) {
    EXPECT_FALSE(SigningKey::parse(""));
    EXPECT_FALSE(SigningKey::parse("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"));
    EXPECT_FALSE(SigningKey::parse(std::string(100'000, 'x')));
}

// RFC 8555 §7.4: the names stand among the alternative names; the key has signed the request.
TEST(CertificateRequest, NamesEveryName) {
    const auto key = SigningKey::make(SigningKey::Kind::P256);
    const std::string der = crypto::certificate_request(key, {"mail.example.org", "*.example.org"});
    const auto* at = reinterpret_cast<const unsigned char*>(der.data());
    X509_REQ* request = d2i_X509_REQ(nullptr, &at, static_cast<long>(der.size()));
    ASSERT_TRUE(request);
    EXPECT_EQ(X509_REQ_verify(request, X509_REQ_get0_pubkey(request)), 1);
    STACK_OF(X509_EXTENSION)* extensions = X509_REQ_get_extensions(request);
    auto* names = static_cast<GENERAL_NAMES*>(X509V3_get_d2i(extensions, NID_subject_alt_name, nullptr, nullptr));
    EXPECT_EQ(names_of(names), "mail.example.org *.example.org ");
    GENERAL_NAMES_free(names);
    sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
    X509_REQ_free(request);
}

TEST(CertificateRequest, TakesNamesTooLongForTheSubject) {
    const std::string name = std::string(60, 'a') + ".example.org";
    EXPECT_FALSE(crypto::certificate_request(SigningKey::make(SigningKey::Kind::P256), {name}).empty());
}

// RFC 8737 §3: a critical extension with the digest as an OCTET STRING.
TEST(SelfSigned, CarriesTheAcmeIdentifier) {
    const auto key = SigningKey::make(SigningKey::Kind::P256);
    const std::chrono::sys_seconds now(std::chrono::seconds(1'800'000'000));
    const std::string digest = crypto::digest(crypto::Digest::Sha256, "authorization");
    const std::string pem = crypto::self_signed(key, {"example.org"}, {now, now + std::chrono::days(7)}, digest);
    BIO* in = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
    X509* certificate = PEM_read_bio_X509(in, nullptr, nullptr, nullptr);
    BIO_free(in);
    ASSERT_TRUE(certificate);
    EXPECT_EQ(X509_verify(certificate, X509_get0_pubkey(certificate)), 1);
    ASN1_OBJECT* oid = OBJ_txt2obj("1.3.6.1.5.5.7.1.31", 1);
    X509_EXTENSION* found = X509_get_ext(certificate, X509_get_ext_by_OBJ(certificate, oid, -1));
    ASN1_OBJECT_free(oid);
    ASSERT_TRUE(found);
    EXPECT_EQ(X509_EXTENSION_get_critical(found), 1);
    const ASN1_OCTET_STRING* value = X509_EXTENSION_get_data(found);
    EXPECT_EQ(std::string(reinterpret_cast<const char*>(ASN1_STRING_get0_data(value)),
                          static_cast<std::size_t>(ASN1_STRING_length(value))),
              "\x04\x20" + digest);
    X509_free(certificate);
}

}  // namespace
