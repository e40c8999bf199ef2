#include "crypto/certify.h"

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/objects.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>

#include "lang/verify.h"

namespace crypto {
namespace {

constexpr std::size_t longest_common_name = 64;  // RFC 5280 §A.1, ub-common-name
constexpr int serial_bits = 127;
constexpr const char* acme_identifier_oid = "1.3.6.1.5.5.7.1.31";  // RFC 8737 §6.1

template <auto Free>
struct FreedBy {
    template <typename T>
    void operator()(T* thing) const {
        Free(thing);
    }
};
using Request = std::unique_ptr<X509_REQ, FreedBy<X509_REQ_free>>;
using Certificate = std::unique_ptr<X509, FreedBy<X509_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, FreedBy<X509_EXTENSION_free>>;
using Names = std::unique_ptr<GENERAL_NAMES, FreedBy<GENERAL_NAMES_free>>;

Extension alternative_names(const std::vector<std::string>& names) {
    const Names all(GENERAL_NAMES_new());
    for (const std::string& name : names) {
        ASN1_IA5STRING* text = ASN1_IA5STRING_new();
        VERIFY(ASN1_STRING_set(text, name.data(), static_cast<int>(name.size())) == 1);
        GENERAL_NAME* one = GENERAL_NAME_new();
        GENERAL_NAME_set0_value(one, GEN_DNS, text);
        VERIFY(sk_GENERAL_NAME_push(all.get(), one) > 0);
    }
    Extension made(X509V3_EXT_i2d(NID_subject_alt_name, 0, all.get()));
    VERIFY(made);
    return made;
}

Extension acme_extension(std::string_view digest) {
    // The value is an OCTET STRING within the extension's own (RFC 8737 §3).
    const std::string inner = std::string("\x04\x20") + std::string(digest);
    const std::unique_ptr<ASN1_OCTET_STRING, FreedBy<ASN1_OCTET_STRING_free>> value(ASN1_OCTET_STRING_new());
    VERIFY(digest.size() == 32);
    VERIFY(ASN1_OCTET_STRING_set(value.get(), reinterpret_cast<const unsigned char*>(inner.data()),
                                 static_cast<int>(inner.size())) == 1);
    const std::unique_ptr<ASN1_OBJECT, FreedBy<ASN1_OBJECT_free>> oid(OBJ_txt2obj(acme_identifier_oid, 1));
    Extension made(X509_EXTENSION_create_by_OBJ(nullptr, oid.get(), /*crit=*/1, value.get()));
    VERIFY(made);
    return made;
}

// A name too long for it stands among the alternative names alone.
void set_common_name(X509_NAME* subject, const std::string& name) {
    if (name.size() > longest_common_name) return;
    VERIFY(X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>(name.data()),
                                      static_cast<int>(name.size()), -1, 0) == 1);
}

void set_random_serial(X509* certificate) {
    const std::unique_ptr<BIGNUM, FreedBy<BN_free>> number(BN_new());
    VERIFY(BN_rand(number.get(), serial_bits, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1);
    VERIFY(BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr);
}

std::string to_pem(X509* certificate) {
    const std::unique_ptr<BIO, FreedBy<BIO_free>> out(BIO_new(BIO_s_mem()));
    VERIFY(PEM_write_bio_X509(out.get(), certificate) == 1);
    char* octets = nullptr;
    const long length = BIO_get_mem_data(out.get(), &octets);
    return {octets, static_cast<std::size_t>(length)};
}

}  // namespace

std::string certificate_request(const SigningKey& key, const std::vector<std::string>& names) {
    VERIFY(!names.empty());
    const Request request(X509_REQ_new());
    set_common_name(X509_REQ_get_subject_name(request.get()), names.front());
    STACK_OF(X509_EXTENSION)* extensions = sk_X509_EXTENSION_new_null();
    VERIFY(sk_X509_EXTENSION_push(extensions, alternative_names(names).release()) > 0);
    VERIFY(X509_REQ_add_extensions(request.get(), extensions) == 1);
    sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
    VERIFY(X509_REQ_set_pubkey(request.get(), key.handle()) == 1);
    VERIFY(X509_REQ_sign(request.get(), key.handle(), EVP_sha256()) > 0);
    unsigned char* octets = nullptr;
    const int length = i2d_X509_REQ(request.get(), &octets);
    VERIFY(length > 0);
    std::string der(reinterpret_cast<char*>(octets), static_cast<std::size_t>(length));
    OPENSSL_free(octets);
    return der;
}

std::string self_signed(const SigningKey& key, const std::vector<std::string>& names, Validity validity,
                        std::string_view acme_identifier) {
    VERIFY(!names.empty());
    const Certificate certificate(X509_new());
    VERIFY(X509_set_version(certificate.get(), X509_VERSION_3) == 1);
    set_random_serial(certificate.get());
    set_common_name(X509_get_subject_name(certificate.get()), names.front());
    VERIFY(X509_set_issuer_name(certificate.get(), X509_get_subject_name(certificate.get())) == 1);
    ASN1_TIME_set(X509_getm_notBefore(certificate.get()), validity.from.time_since_epoch().count());
    ASN1_TIME_set(X509_getm_notAfter(certificate.get()), validity.until.time_since_epoch().count());
    VERIFY(X509_set_pubkey(certificate.get(), key.handle()) == 1);
    VERIFY(X509_add_ext(certificate.get(), alternative_names(names).get(), -1) == 1);
    if (!acme_identifier.empty())
        VERIFY(X509_add_ext(certificate.get(), acme_extension(acme_identifier).get(), -1) == 1);
    VERIFY(X509_sign(certificate.get(), key.handle(), EVP_sha256()) > 0);
    return to_pem(certificate.get());
}

}  // namespace crypto
