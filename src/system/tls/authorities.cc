#include "tls/authorities.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <algorithm>

#include "lang/defer.h"
#include "lang/verify.h"

namespace tls {
namespace {

constexpr std::size_t longest_address = 254;  // RFC 5321 §4.5.3.1.3

/// Instead of OpenSSL's own, which would end the handshake: a client that means its certificate for somebody else may
/// log in by password still.
int look_at_client(X509_STORE_CTX* chain, void*) {
    if (X509_verify_cert(chain) != 1 && X509_STORE_CTX_get_error(chain) == X509_V_OK)
        X509_STORE_CTX_set_error(chain, X509_V_ERR_UNSPECIFIED);
    return 1;
}

/// Hostile: the issuer may be anybody's, and what stands there any octets.
bool is_address(std::string_view text) {
    const auto is_plain = [](char c) { return c > ' ' && c < 0x7f; };
    return text.size() <= longest_address && text.find('@') != text.npos && std::ranges::all_of(text, is_plain);
}

}  // namespace

std::expected<X509Store, std::string> read_authorities(std::string_view pem) {
    begin();
    X509Store store(X509_STORE_new());
    VERIFY(store);
    BIO* const in = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
    const Defer freed([in] { BIO_free(in); });
    std::size_t count = 0;
    // The callback keeps it from asking the terminal for a passphrase.
    while (
        const X509Certificate one{PEM_read_bio_X509(in, nullptr, [](char*, int, int, void*) { return 0; }, nullptr)}) {
        X509_STORE_add_cert(store.get(), one.get());
        ++count;
    }
    ERR_clear_error();
    if (count == 0 && !pem.empty()) return std::unexpected("holds no certificate in PEM form");
    return store;
}

void ask_for_certificates(ssl_ctx_st* server, const X509Store& authorities) {
    SSL_CTX_set1_cert_store(server, authorities.get());
    STACK_OF(X509)* const known = X509_STORE_get1_all_certs(authorities.get());
    for (int i = 0; i < sk_X509_num(known); ++i) SSL_CTX_add_client_CA(server, sk_X509_value(known, i));
    sk_X509_pop_free(known, X509_free);
    SSL_CTX_set_verify(server, SSL_VERIFY_PEER, nullptr);
    SSL_CTX_set_cert_verify_callback(server, &look_at_client, nullptr);
}

std::string mail_address(x509_st* certificate) {
    auto* const names =
        static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
    const Defer freed([names] { GENERAL_NAMES_free(names); });
    for (int i = 0; i < sk_GENERAL_NAME_num(names); ++i) {
        const GENERAL_NAME* const name = sk_GENERAL_NAME_value(names, i);
        if (name->type != GEN_EMAIL) continue;
        const std::string_view text(reinterpret_cast<const char*>(ASN1_STRING_get0_data(name->d.rfc822Name)),
                                    static_cast<std::size_t>(ASN1_STRING_length(name->d.rfc822Name)));
        if (is_address(text)) return std::string(text);
    }
    return {};
}

}  // namespace tls
