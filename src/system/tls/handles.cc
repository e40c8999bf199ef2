#include "tls/handles.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "lang/verify.h"

namespace tls {

void Freed::operator()(ssl_st* ssl) const { SSL_free(ssl); }
void Freed::operator()(ssl_ctx_st* context) const { SSL_CTX_free(context); }
void Freed::operator()(ssl_session_st* session) const { SSL_SESSION_free(session); }
void Freed::operator()(evp_pkey_st* key) const { EVP_PKEY_free(key); }
void Freed::operator()(x509_st* certificate) const { X509_free(certificate); }
void Freed::operator()(x509_store_st* certificates) const { X509_STORE_free(certificates); }

void begin() {
    static const bool has_begun = [] {
        VERIFY(OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_LOAD_SSL_STRINGS, nullptr) == 1);
        return true;
    }();
    VERIFY(has_begun);
}

std::string take_errors() {
    std::string text;
    while (const auto code = ERR_get_error()) {
        const char* reason = ERR_reason_error_string(code);
        if (!reason || text.find(reason) != text.npos) continue;
        if (!text.empty()) text += ", ";
        text += reason;
    }
    return text;
}

}  // namespace tls
