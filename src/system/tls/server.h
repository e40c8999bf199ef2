#pragma once
// The server's side of TLS for one service: its certificates, whom it asks for signatures, what it offers.
//
// TLS 1.2 and 1.3 with forward secrecy and AEAD alone (RFC 9325); our preference counts. An RSA and a P-256 certificate
// for the same names stand side by side, and the client's abilities decide. The name a client asks for (SNI, RFC 6066
// §3) selects among the certificates; unknown or none: the first. A session is resumed by this service and these
// certificates only, whoever else has the same ticket keys. A client that offers protocols by ALPN (RFC 7301), and none
// of ours, is refused: it wanted somebody else.
//
// A service may ask its clients for a certificate. Whom it proves the client to be is in Facts; that there is none, or
// one that is not believed, is no reason to part.

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "net/stream.h"
#include "tls/certificate.h"
#include "tls/signer.h"
#include "tls/stream.h"
#include "tls/ticket_keys.h"

namespace tls {

struct Service {
    std::string name;                     // "smtp"; sessions are bound to it
    std::vector<std::string> alpn;        // identifiers that stand for it
    std::string client_authorities = {};  // PEM; of the certificates that clients are asked for; empty: of none
};

class Server {
public:
    /// There is a certificate at least. `signer` and `tickets` outlive it.
    Server(Service service, std::span<const Certificate> certificates, Signer& signer, const TicketKeys& tickets);
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;
    ~Server();

    const Service& service() const { return service_; }

private:
    friend net::Task<std::unique_ptr<Stream>> accept(net::Stream& below, std::shared_ptr<const Server> server,
                                                     std::string early);
    friend struct ServerCallbacks;

    /// Certificates for the same names, one for each kind of key.
    struct Site {
        std::vector<std::string> names;
        std::vector<const Certificate*> certificates;  // while it is made
        SslContext context;
        std::array<std::uint8_t, 32> session_context{};
    };
    void sort_into_sites(std::span<const Certificate> certificates);
    void make_context(Site& site, Signer& signer);
    const Site& site_for(std::string_view host) const;
    Ssl make_ssl() const;

    Service service_;
    std::string alpn_;  // as in the handshake: lengths and names
    const TicketKeys& tickets_;
    std::vector<Site> sites_;
};

/// The handshake with a client on `below`, which outlives the stream. A deadline should be set. `early`: octets of it
/// that were read already. Throws net::Gone.
net::Task<std::unique_ptr<Stream>> accept(net::Stream& below, std::shared_ptr<const Server> server,
                                          std::string early = {});

}  // namespace tls
