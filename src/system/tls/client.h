#pragma once
// The client's side of TLS: whom we trust, and what we remember of servers that we have talked to.
//
// Encryption without proof is better than none (RFC 7435), so whether the server is who we called is found out always,
// and demanded only where the policy does. Facts::flaw says why it is not proved.

#include <cstdint>
#include <expected>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "net/stream.h"
#include "tls/stream.h"

namespace tls {

enum class Demand : std::uint8_t {
    Encryption,  // anything newer than TLS 1.1, with any certificate
    Proof,  // a chain to an issuer we trust, for this name, not out of date, of today's strength (RFC 5280, RFC 6125)
};

struct Peer {
    std::string name;         // host name or address: asked for (SNI), and looked for in the certificate
    std::string session_key;  // sessions are resumed within it: place and policy
    Demand demand = Demand::Encryption;
};

class Client : public std::enable_shared_from_this<Client> {
public:
    static constexpr std::size_t most_sessions = 1000;

    /// `issuers`: certificates in PEM form that chains may end in; empty: nobody can be proved. The error: why they
    /// cannot be read.
    static std::expected<std::shared_ptr<Client>, std::string> make(std::string_view issuers);
    /// The same with what is in a file; where it cannot be read: nobody can be proved. The error names it.
    static std::expected<std::shared_ptr<Client>, std::string> trusting_file(const std::string& path);
    ~Client();

    /// handshake() is still to be done; `below` outlives the stream.
    std::unique_ptr<Stream> stream(net::Stream& below, const Peer& peer);
    std::size_t sessions() const { return sessions_.size(); }

private:
    friend struct ClientCallbacks;
    Client() = default;

    SslContext any_;
    SslContext strict_;
    std::map<std::string, SslSession> sessions_;
};

}  // namespace tls
