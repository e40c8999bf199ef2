#pragma once
// Certificates and keys for tests, made on the spot.

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <optional>
#include <string>

#include "lang/verify.h"
#include "tls/private_key.h"

namespace tls::testing {

struct Pair {
    std::string certificate;  // PEM
    std::string key;
};

struct Wish {
    std::string names = "DNS:mx.example.org";
    std::string kind = "EC";  // or "RSA"
    long starts = -3600;      // seconds from now
    long ends = 86'400;
    bool is_issuer = false;
};

inline std::string text_of(BIO* bio) {
    char* octets = nullptr;
    const long length = BIO_get_mem_data(bio, &octets);
    std::string text(octets, static_cast<std::size_t>(length));
    BIO_free(bio);
    return text;
}

inline void add_extension(X509* certificate, X509* issuer, int kind, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
    VERIFY(extension && X509_add_ext(certificate, extension, -1) == 1);
    X509_EXTENSION_free(extension);
}

/// Signed by `issuer`, or by itself.
inline Pair make_pair(const Wish& wish, const std::optional<Pair>& issuer = {}) {
    begin();
    EVP_PKEY* const key = wish.kind == "EC" ? EVP_EC_gen("P-256") : EVP_RSA_gen(2048);
    VERIFY(key);
    X509* const certificate = X509_new();
    X509_set_version(certificate, 2);
    static long serial = 1;
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial++);
    X509_gmtime_adj(X509_getm_notBefore(certificate), wish.starts);
    X509_gmtime_adj(X509_getm_notAfter(certificate), wish.ends);
    X509_set_pubkey(certificate, key);
    X509_NAME* const name = X509_get_subject_name(certificate);
    const auto common = wish.is_issuer ? "Test issuer" : wish.names.substr(wish.names.find(':') + 1);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>(common.c_str()), -1, -1,
                               0);
    X509* above = certificate;
    EVP_PKEY* signing = key;
    if (issuer) {
        BIO* const of_certificate = BIO_new_mem_buf(issuer->certificate.data(), -1);
        BIO* const of_key = BIO_new_mem_buf(issuer->key.data(), -1);
        above = PEM_read_bio_X509(of_certificate, nullptr, nullptr, nullptr);
        signing = PEM_read_bio_PrivateKey(of_key, nullptr, nullptr, nullptr);
        BIO_free(of_certificate);
        BIO_free(of_key);
    }
    X509_set_issuer_name(certificate, X509_get_subject_name(above));
    if (wish.is_issuer) add_extension(certificate, above, NID_basic_constraints, "critical,CA:TRUE");
    if (!wish.is_issuer) add_extension(certificate, above, NID_subject_alt_name, wish.names);
    VERIFY(X509_sign(certificate, signing, EVP_sha256()) > 0);

    Pair made;
    BIO* out = BIO_new(BIO_s_mem());
    PEM_write_bio_X509(out, certificate);
    made.certificate = text_of(out);
    out = BIO_new(BIO_s_mem());
    PEM_write_bio_PrivateKey(out, key, nullptr, nullptr, 0, nullptr, nullptr);
    made.key = text_of(out);
    if (issuer) {
        X509_free(above);
        EVP_PKEY_free(signing);
    }
    X509_free(certificate);
    EVP_PKEY_free(key);
    return made;
}

}  // namespace tls::testing
