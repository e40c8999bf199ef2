#pragma once
// The client's side of an authentication, for servers that want us to log in before they relay for us.
//
//     auto client = sasl::make_client(mechanism, credentials);
//     send its name, with *client->first() where it begins;
//     for each challenge, decoded:  send *client->on_challenge(…), or "*" (cancel) where there is none;
//     when the server says yes:     client->is_satisfied(), or somebody else speaks for that server
//
// Pure. RFC 4422, 4616, 2195, 5802, 7677. No channel binding: TLS has checked the server's certificate, or there is no
// TLS at all.

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "sasl/mechanism.h"

namespace sasl {

struct ClientCredentials {
    enum class Names : std::uint8_t { Prepared, AsTheyAre };  // RFC 4013; the second for servers that never did
    std::string user;
    std::string password;
    std::string nonce;  // printable ASCII without commas, unpredictable
    Names names = Names::Prepared;
};

class Client {
public:
    virtual ~Client() = default;
    /// Of mechanisms in which the client speaks first.
    virtual std::optional<std::string> first() = 0;
    /// None: the server does not keep to the mechanism, or does not know the password itself.
    virtual std::optional<std::string> on_challenge(std::string_view challenge) = 0;
    /// Whether a "yes" of the server may be believed now.
    virtual bool is_satisfied() const = 0;
};

/// The best of what a server offers; PLAIN and LOGIN only where `is_encrypted`.
std::optional<Mechanism> choose(std::span<const std::string> offered, bool is_encrypted);

/// None for mechanisms that are not for us: EXTERNAL, tokens, channel binding.
std::unique_ptr<Client> make_client(Mechanism mechanism, ClientCredentials credentials);
/// SCRAM with a digest of one's own choice.
std::unique_ptr<Client> make_scram_client(crypto::Digest digest, ClientCredentials credentials);

}  // namespace sasl
