#pragma once
// The messages of SCRAM and the keys behind them. RFC 5802 §3, §7; with SHA-256 RFC 7677.
//
// Grammar and arithmetic, for both sides; who says what when is in the exchanges. Hostile: every message comes from
// somebody who has not proved anything yet.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "crypto/digest.h"

namespace sasl {

/// What a server keeps of a password: enough to check a proof, not enough to make one.
struct ScramKeys {
    std::string salt;
    std::uint32_t iterations = 0;
    std::string stored_key;
    std::string server_key;
    bool operator==(const ScramKeys&) const = default;
};

constexpr std::uint32_t least_iterations = 4096;      // RFC 7677 §4
constexpr std::uint32_t most_iterations = 1'000'000;  // Hostile: a server would have us reckon for hours

/// `password` is prepared already (prepare.h).
ScramKeys derive_keys(crypto::Digest digest, std::string_view password, std::string salt, std::uint32_t iterations);
/// For somebody who does not exist, or has no keys: always the same for the same name, and nobody can prove anything
/// by them. `secret` is the server's own and stays the same over restarts.
ScramKeys keys_of_nobody(crypto::Digest digest, std::string_view user, std::string_view secret,
                         std::uint32_t iterations);

struct ClientFirst {
    enum class Binding : std::uint8_t {
        None,        // n: the client cannot
        NotOffered,  // y: it could, and thinks that the server cannot
        Used,        // p=NAME
    };
    Binding binding = Binding::None;
    std::string binding_name;   // "tls-exporter"
    std::string authorization;  // whom to act as; mostly empty
    std::string user;
    std::string nonce;
    bool operator==(const ClientFirst&) const = default;
};
struct ServerFirst {
    std::string nonce;  // the client's, and more
    std::string salt;
    std::uint32_t iterations = 0;
    bool operator==(const ServerFirst&) const = default;
};
struct ClientFinal {
    std::string header;  // the gs2-header once more, and the channel's octets behind it
    std::string nonce;
    std::string proof;
    bool operator==(const ClientFinal&) const = default;
};
struct ServerFinal {
    std::string error;  // "invalid-proof"; empty: there is a signature
    std::string signature;
    bool operator==(const ServerFinal&) const = default;
};

std::optional<ClientFirst> parse_client_first(std::string_view text);
std::optional<ServerFirst> parse_server_first(std::string_view text);
std::optional<ClientFinal> parse_client_final(std::string_view text);
std::optional<ServerFinal> parse_server_final(std::string_view text);
std::string to_text(const ClientFirst& message);
std::string to_text(const ServerFirst& message);
std::string to_text(const ClientFinal& message);
std::string to_text(const ServerFinal& message);

/// "n,,": what stands before client-first-message-bare.
std::string gs2_header(const ClientFirst& message);
/// What stands behind the gs2-header, as it came. Only of a text that parse_client_first() has taken.
std::string_view bare(std::string_view client_first);
/// The message without ",p=…". Only of a text that parse_client_final() has taken.
std::string_view without_proof(std::string_view client_final);

/// XOR of two texts of one length: a proof is the client's key under its signature.
std::string combine(std::string_view a, std::string_view b);

}  // namespace sasl
