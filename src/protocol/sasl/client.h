#pragma once
// The client's side of an authentication, for servers that want us to log in before they relay for us.
//
//     auto client = sasl::make_client(mechanism, credentials);
//     send its name, with *client->first() where it begins;
//     for each challenge, decoded:  send *client->on_challenge(…), or "*" (cancel) where there is none;
//     when the server says yes:     client->is_satisfied(), or somebody else speaks for that server
//
// Pure. RFC 4422, 4616, 2195, 5802, 7677; channels are bound as RFC 9266 has it.

#include <array>
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
    /// What both ends alone know of the connection, by tls-exporter. Empty: nothing to bind, or a server that binds
    /// where we do not want to. Where there is one, a SCRAM without -PLUS says that the server does not offer that,
    /// which tells the server of whoever took it out of the list (RFC 5802 §6).
    std::string channel{};
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

/// What a client of ours can use a password by, best first.
constexpr std::array client_mechanisms{
    Mechanism::ScramSha256Plus, Mechanism::ScramSha256, Mechanism::ScramSha1Plus, Mechanism::ScramSha1,
    Mechanism::CramMd5,         Mechanism::Plain,       Mechanism::Login};

/// The best of what a server offers that is allowed and fits the connection.
std::optional<Mechanism> choose(std::span<const std::string> offered, std::span<const Mechanism> allowed,
                                Connection connection);

/// None for mechanisms that are not for us (EXTERNAL, tokens), and to bind a channel where there is none.
std::unique_ptr<Client> make_client(Mechanism mechanism, ClientCredentials credentials);
/// SCRAM with a digest of one's own choice, without binding.
std::unique_ptr<Client> make_scram_client(crypto::Digest digest, ClientCredentials credentials);

}  // namespace sasl
