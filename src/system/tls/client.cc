#include "tls/client.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <fstream>
#include <iterator>
#include <utility>

#include "lang/try.h"
#include "lang/verify.h"
#include "tls/authorities.h"
#include "tls/suites.h"

namespace tls {
namespace {

constexpr int strength_of_proof = 2;  // 112 bits: no RSA below 2048, no SHA-1 in the chain

bool is_address(const std::string& name) {
    return name.find(':') != name.npos || name.find_first_not_of("0123456789.") == name.npos;
}

/// What is neither an address nor a name is in no certificate, and so proves nothing.
void expect_name(X509_VERIFY_PARAM* wanted, const std::string& name) {
    if (is_address(name) && X509_VERIFY_PARAM_set1_ip_asc(wanted, name.c_str()) == 1) return;
    if (name.empty() || X509_VERIFY_PARAM_set1_host(wanted, name.data(), name.size()) != 1)
        VERIFY(X509_VERIFY_PARAM_set1_host(wanted, "invalid", 0) == 1);
}

}  // namespace

struct ClientCallbacks {
    // RFC 8446 §4.6.1: with TLS 1.3 tickets come at any time after the handshake.
    static int on_session(SSL* ssl, SSL_SESSION* session) {
        auto& self = *static_cast<Client*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
        const auto& key = static_cast<const Stream*>(SSL_get_app_data(ssl))->session_key();
        if (key.empty()) return 0;
        if (self.sessions_.size() >= Client::most_sessions && !self.sessions_.contains(key))
            self.sessions_.erase(self.sessions_.begin());
        self.sessions_[key] = SslSession(session);
        return 1;
    }

    static SslContext context(Client& self, X509_STORE* issuers, int level) {
        SslContext made(SSL_CTX_new(TLS_client_method()));
        VERIFY(made);
        set_modern(made.get());
        SSL_CTX_set_security_level(made.get(), level);
        SSL_CTX_set1_cert_store(made.get(), issuers);
        SSL_CTX_set_session_cache_mode(made.get(), SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
        SSL_CTX_sess_set_new_cb(made.get(), &on_session);
        SSL_CTX_set_app_data(made.get(), &self);
        return made;
    }
};

std::expected<std::shared_ptr<Client>, std::string> Client::make(std::string_view issuers) {
    const auto store = TRY(read_authorities(issuers));
    const std::shared_ptr<Client> client(new Client);
    client->any_ = ClientCallbacks::context(*client, store.get(), /*level=*/0);
    client->strict_ = ClientCallbacks::context(*client, store.get(), strength_of_proof);
    return client;
}

std::expected<std::shared_ptr<Client>, std::string> Client::trusting_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    auto made = make(std::string(std::istreambuf_iterator<char>(file), {}));
    if (!made) return std::unexpected(path + ' ' + made.error());
    return made;
}

Client::~Client() = default;

std::unique_ptr<Stream> Client::stream(net::Stream& below, const Peer& peer) {
    const bool is_strict = peer.demand == Demand::Proof;
    Ssl ssl(SSL_new(is_strict ? strict_.get() : any_.get()));
    VERIFY(ssl);
    SSL_set_connect_state(ssl.get());
    SSL_set_verify(ssl.get(), is_strict ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
    X509_VERIFY_PARAM* const wanted = SSL_get0_param(ssl.get());
    X509_VERIFY_PARAM_set_auth_level(wanted, strength_of_proof);
    X509_VERIFY_PARAM_set_hostflags(wanted, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    expect_name(wanted, peer.name);
    if (!is_address(peer.name)) SSL_set_tlsext_host_name(ssl.get(), peer.name.c_str());
    if (const auto known = sessions_.find(peer.session_key); known != sessions_.end()) {
        SSL_set_session(ssl.get(), known->second.get());
        // Once only (RFC 8446 §C.4): so nobody who watches can tell by the ticket that two connections are ours.
        if (SSL_SESSION_get_protocol_version(known->second.get()) >= TLS1_3_VERSION) sessions_.erase(known);
    }
    ERR_clear_error();
    auto stream = std::make_unique<Stream>(below, std::move(ssl), shared_from_this());
    stream->set_session_key(peer.session_key);
    return stream;
}

}  // namespace tls
