#pragma once
// TLS with clients, for any process that serves them: the certificates of the configuration, keyd's signatures, and a
// handshake that is awaited.
//
//   encryption::Acceptor acceptor(context);
//   acceptor.connect(std::move(peer.socket));            // keyd, at the start and whenever it is started anew
//   acceptor.configure(config.tls);                      // at the start and at every reload
//   …
//   if (acceptor.has_certificate()) {
//       auto secure = co_await acceptor.accept(stream, encryption::smtp);   // throws net::Gone without an agreement
//       secure->facts(), secure->channel_binding()
//
// Connections keep what they began with.

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "encryption/keyring.h"
#include "net/stream.h"
#include "site/tls.h"
#include "tls/certificate.h"
#include "tls/server.h"

namespace encryption {

// In the wild: no name is registered for SMTP; clients that send one say "smtp", as Exim and Postfix have it.
inline const tls::Service smtp{"smtp", {"smtp", "esmtp"}};
inline const tls::Service lmtp{"lmtp", {"lmtp"}};
inline const tls::Service submission{"submission", {"smtp", "esmtp"}};
inline const tls::Service http{"http", {"http/1.1"}};
inline const tls::Service pop3{"pop3", {"pop3"}};  // RFC 7301's registry

/// Whether clients are asked for a certificate of tls.client_authorities.
enum class Certificates : std::uint8_t { NotAsked, Asked };

/// What is to be said of a connection besides its suite: "resumed, certificate of ann@example.org".
std::string remarks(const tls::Facts& facts);

class Acceptor {
public:
    explicit Acceptor(boost::asio::io_context& context) : keyring_(context) {}

    void connect(file::Descriptor keyd) { keyring_.connect(std::move(keyd)); }
    void configure(const site::Tls& tls);
    bool has_certificate() const { return !certificates_.empty(); }

    /// `below` outlives what is returned. A client has tls.handshake_timeout for all of it. `early`: octets of the
    /// handshake that were read already.
    net::Task<std::unique_ptr<tls::Stream>> accept(net::Stream& below, const tls::Service& service, Certificates asked,
                                                   std::string early = {});

private:
    std::shared_ptr<const tls::Server> server_for(const tls::Service& service, Certificates asked);

    Keyring keyring_;
    std::chrono::milliseconds timeout_{0};
    std::vector<tls::Certificate> certificates_;
    std::string client_authorities_;
    std::map<std::string, std::shared_ptr<const tls::Server>> servers_;  // by service; with their connections
};

}  // namespace encryption
