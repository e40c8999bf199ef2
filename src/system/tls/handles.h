#pragma once
// Owners of OpenSSL's objects, and the library as we want it. OpenSSL is included in this part alone; the others see
// these names only.

#include <memory>
#include <string>

struct ssl_st;
struct ssl_ctx_st;
struct ssl_session_st;
struct evp_pkey_st;
struct x509_st;
struct x509_store_st;

namespace tls {

struct Freed {
    void operator()(ssl_st* ssl) const;
    void operator()(ssl_ctx_st* context) const;
    void operator()(ssl_session_st* session) const;
    void operator()(evp_pkey_st* key) const;
    void operator()(x509_st* certificate) const;
    void operator()(x509_store_st* certificates) const;
};

using Ssl = std::unique_ptr<ssl_st, Freed>;
using SslContext = std::unique_ptr<ssl_ctx_st, Freed>;
using SslSession = std::unique_ptr<ssl_session_st, Freed>;
using EvpKey = std::unique_ptr<evp_pkey_st, Freed>;
using X509Certificate = std::unique_ptr<x509_st, Freed>;
using X509Store = std::unique_ptr<x509_store_st, Freed>;

/// To be called before anything else of OpenSSL: no openssl.cnf of the machine changes what we offer, and no file is
/// opened later, when none can be. Cheap when it was called already.
void begin();

/// What the library complains of, for people; the list of complaints is empty afterwards.
std::string take_errors();

}  // namespace tls
