#include "tls/server.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <algorithm>
#include <cstring>
#include <optional>

#include "lang/verify.h"
#include "text/ascii.h"
#include "tls/authorities.h"
#include "tls/remote_key.h"
#include "tls/suites.h"

namespace tls {
namespace {

/// server_name, as it stands in ClientHello: a list with one host name. RFC 6066 §3.
std::optional<std::string_view> host_in(std::string_view extension) {
    const auto number = [&](std::size_t at) {
        return static_cast<std::size_t>(static_cast<unsigned char>(extension[at])) << 8 |
               static_cast<unsigned char>(extension[at + 1]);
    };
    constexpr std::size_t overhead = 5;  // list length, type, name length
    if (extension.size() < overhead || extension[2] != TLSEXT_NAMETYPE_host_name) return std::nullopt;
    if (number(0) != extension.size() - 2 || number(3) > extension.size() - overhead) return std::nullopt;
    return extension.substr(overhead, number(3));
}

std::string in_wire_form(const std::vector<std::string>& protocols) {
    std::string octets;
    for (const auto& protocol : protocols) octets.append(1, static_cast<char>(protocol.size())).append(protocol);
    return octets;
}

void add_to(EVP_MD_CTX* digest, std::string_view octets) {
    VERIFY(EVP_DigestUpdate(digest, octets.data(), octets.size()) == 1);
}

}  // namespace

struct ServerCallbacks {
    static const Server& server(SSL* ssl) {
        return *static_cast<const Server*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
    }

    /// Before anything else is looked at, sessions included.
    static int on_hello(SSL* ssl, int*, void* argument) {
        const auto& self = *static_cast<const Server*>(argument);
        const unsigned char* octets = nullptr;
        std::size_t length = 0;
        std::optional<std::string_view> host;
        if (SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_server_name, &octets, &length) == 1)
            host = host_in({reinterpret_cast<const char*>(octets), length});
        const auto& site = host ? self.site_for(*host) : self.sites_.front();
        SSL_set_SSL_CTX(ssl, site.context.get());
        SSL_set_session_id_context(ssl, site.session_context.data(),
                                   static_cast<unsigned>(site.session_context.size()));
        return SSL_CLIENT_HELLO_SUCCESS;
    }

    /// So that the client hears its name was understood.
    static int on_name(SSL*, int*, void*) { return SSL_TLSEXT_ERR_OK; }

    // ALPACA: a browser that was led here speaks of "http/1.1".
    static int on_alpn(SSL*, const unsigned char** chosen, unsigned char* length, const unsigned char* offered,
                       unsigned octets, void* argument) {
        const auto& self = *static_cast<const Server*>(argument);
        unsigned char* selected = nullptr;
        const int result =
            SSL_select_next_proto(&selected, length, reinterpret_cast<const unsigned char*>(self.alpn_.data()),
                                  static_cast<unsigned>(self.alpn_.size()), offered, octets);
        if (result != OPENSSL_NPN_NEGOTIATED) return SSL_TLSEXT_ERR_ALERT_FATAL;
        *chosen = selected;
        return SSL_TLSEXT_ERR_OK;
    }

    /// 1: go on; 2: go on, and give the client a newer ticket; 0: not one of ours; below: an error.
    static int on_ticket(SSL* ssl, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac,
                         int is_new) {
        const auto& tickets = server(ssl).tickets_;
        std::array<std::uint8_t, 16> wanted{};
        if (!is_new) std::memcpy(wanted.data(), name, wanted.size());
        const TicketKey* const key = is_new ? tickets.newest() : tickets.find(wanted);
        if (!key) return 0;
        if (is_new) {
            std::memcpy(name, key->name.data(), key->name.size());
            if (RAND_bytes(iv, EVP_CIPHER_get_iv_length(EVP_aes_256_cbc())) != 1) return -1;
        }
        if (EVP_CipherInit_ex(cipher, EVP_aes_256_cbc(), nullptr, key->cipher.data(), iv, is_new) != 1) return -1;
        OSSL_PARAM parameters[] = {
            OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, const_cast<std::uint8_t*>(key->mac.data()),
                                              key->mac.size()),
            OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, const_cast<char*>("SHA256"), 0),
            OSSL_PARAM_construct_end()};
        if (EVP_MAC_CTX_set_params(mac, parameters) != 1) return -1;
        // A client of TLS 1.3 uses each ticket once (RFC 8446 §C.4).
        const bool needs_another = SSL_version(ssl) >= TLS1_3_VERSION || key != tickets.newest();
        return !is_new && needs_another ? 2 : 1;
    }
};

Server::Server(Service service, std::span<const Certificate> certificates, Signer& signer, const TicketKeys& tickets)
    : service_(std::move(service)), alpn_(in_wire_form(service_.alpn)), tickets_(tickets) {
    begin();
    sort_into_sites(certificates);
    VERIFY(!sites_.empty());
    for (auto& site : sites_) make_context(site, signer);
}

Server::~Server() = default;

void Server::sort_into_sites(std::span<const Certificate> certificates) {
    for (const auto& certificate : certificates) {
        const auto fits = [&](const Site& site) {
            return site.names == certificate.names() &&
                   std::ranges::none_of(site.certificates, [&](const Certificate* other) {
                       return other->key_kind() == certificate.key_kind();
                   });
        };
        auto site = std::ranges::find_if(sites_, fits);
        if (site == sites_.end()) {
            sites_.push_back({.names = certificate.names(), .certificates = {}, .context = {}});
            site = sites_.end() - 1;
        }
        site->certificates.push_back(&certificate);
    }
}

void Server::make_context(Site& site, Signer& signer) {
    site.context.reset(SSL_CTX_new(TLS_server_method()));
    SSL_CTX* const context = site.context.get();
    VERIFY(context);
    set_modern(context);
    SSL_CTX_set_security_level(context, 2);
    SSL_CTX_set_mode(context, SSL_MODE_ASYNC);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);  // the client keeps them, in tickets
    SSL_CTX_set_timeout(context, longest_session);
    SSL_CTX_set_num_tickets(context, 1);
    SSL_CTX_set_max_early_data(context, 0);  // it can be repeated by anybody
    SSL_CTX_set_app_data(context, this);
    SSL_CTX_set_client_hello_cb(context, &ServerCallbacks::on_hello, this);
    SSL_CTX_set_tlsext_servername_callback(context, &ServerCallbacks::on_name);
    SSL_CTX_set_alpn_select_cb(context, &ServerCallbacks::on_alpn, this);
    SSL_CTX_set_tlsext_ticket_key_evp_cb(context, &ServerCallbacks::on_ticket);

    EVP_MD_CTX* const digest = EVP_MD_CTX_new();
    VERIFY(digest && EVP_DigestInit_ex(digest, EVP_sha256(), nullptr) == 1);
    add_to(digest, service_.name);
    if (!service_.client_authorities.empty()) {
        const auto authorities = read_authorities(service_.client_authorities);
        VERIFY(authorities);  // they were looked at before the configuration was handed over
        ask_for_certificates(context, *authorities);
        add_to(digest, service_.client_authorities);  // who was believed by others is not resumed here
    }
    for (const auto* certificate : site.certificates) {
        const EvpKey key = remote_key(*certificate, signer);
        VERIFY(SSL_CTX_use_certificate(context, certificate->leaf()) == 1);
        VERIFY(SSL_CTX_use_PrivateKey(context, key.get()) == 1);
        for (std::size_t i = 1; i < certificate->chain().size(); ++i)
            VERIFY(SSL_CTX_add1_chain_cert(context, certificate->chain()[i].get()) == 1);
        unsigned char of_leaf[EVP_MAX_MD_SIZE];
        unsigned length = 0;
        VERIFY(X509_digest(certificate->leaf(), EVP_sha256(), of_leaf, &length) == 1);
        add_to(digest, {reinterpret_cast<const char*>(of_leaf), length});
    }
    VERIFY(EVP_DigestFinal_ex(digest, site.session_context.data(), nullptr) == 1);
    EVP_MD_CTX_free(digest);
    site.certificates.clear();
}

// Exact names before wildcards, the first certificate that has it before others.
const Server::Site& Server::site_for(std::string_view host) const {
    const std::string wanted = text::lower(host);
    const auto dot = wanted.find('.');
    const std::string wildcard = dot == wanted.npos ? wanted : "*" + wanted.substr(dot);
    for (const auto& name : {wanted, wildcard})
        for (const auto& site : sites_)
            if (std::ranges::binary_search(site.names, name)) return site;
    return sites_.front();
}

Ssl Server::make_ssl() const {
    Ssl ssl(SSL_new(sites_.front().context.get()));
    VERIFY(ssl);
    if (!tickets_.newest()) {
        SSL_set_num_tickets(ssl.get(), 0);
        SSL_set_options(ssl.get(), SSL_OP_NO_TICKET);
    }
    SSL_set_accept_state(ssl.get());
    return ssl;
}

net::Task<std::unique_ptr<Stream>> accept(net::Stream& below, std::shared_ptr<const Server> server, std::string early) {
    auto ssl = server->make_ssl();
    auto stream = std::make_unique<Stream>(below, std::move(ssl), server);
    stream->feed(std::move(early));
    co_await stream->handshake();
    co_return stream;
}

}  // namespace tls
