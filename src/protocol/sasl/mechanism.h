#pragma once
// The ways a client can prove who it is: SASL mechanisms (RFC 4422) by their registered names.

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include "crypto/digest.h"

namespace sasl {

/// Best first, as servers offer and clients choose them.
enum class Mechanism : std::uint8_t {
    ScramSha256Plus,  // RFC 7677, with the channel bound in
    ScramSha256,
    ScramSha1Plus,  // RFC 5802
    ScramSha1,
    External,     // RFC 4422 App. A: whoever TLS has said it is
    OauthBearer,  // RFC 7628
    Xoauth2,      // its predecessor, of the same use
    CramMd5,      // RFC 2195: needs the password itself on the server
    Plain,        // RFC 4616: brings the password itself
    Login,        // likewise; older than all standards, and in wide use
    Apop,         // RFC 1939 §7: POP3's own command, no SASL, but such an exchange; the challenge is in the greeting
};

struct Traits {
    Mechanism mechanism;
    std::string_view name;
    bool brings_secret = false;  // whoever listens has it: for encrypted connections only
};

constexpr auto mechanisms = std::to_array<Traits>({
    {Mechanism::ScramSha256Plus, "SCRAM-SHA-256-PLUS"},
    {Mechanism::ScramSha256, "SCRAM-SHA-256"},
    {Mechanism::ScramSha1Plus, "SCRAM-SHA-1-PLUS"},
    {Mechanism::ScramSha1, "SCRAM-SHA-1"},
    {Mechanism::External, "EXTERNAL"},
    {Mechanism::OauthBearer, "OAUTHBEARER", true},
    {Mechanism::Xoauth2, "XOAUTH2", true},
    {Mechanism::CramMd5, "CRAM-MD5"},
    {Mechanism::Plain, "PLAIN", true},
    {Mechanism::Login, "LOGIN", true},
    {Mechanism::Apop, "APOP"},
});

constexpr const Traits& traits(Mechanism mechanism) { return mechanisms[std::to_underlying(mechanism)]; }
constexpr std::string_view name(Mechanism mechanism) { return traits(mechanism).name; }
constexpr bool binds_channel(Mechanism mechanism) {
    return mechanism == Mechanism::ScramSha256Plus || mechanism == Mechanism::ScramSha1Plus;
}
/// Of a SCRAM mechanism.
constexpr std::optional<crypto::Digest> scram_digest(Mechanism mechanism) {
    switch (mechanism) {
        case Mechanism::ScramSha256Plus:
        case Mechanism::ScramSha256: return crypto::Digest::Sha256;
        case Mechanism::ScramSha1Plus:
        case Mechanism::ScramSha1: return crypto::Digest::Sha1;
        default: return std::nullopt;
    }
}

/// The connection somebody logs in on.
struct Connection {
    bool is_encrypted = false;
    bool has_channel = false;      // to bind: tls-exporter
    bool has_certificate = false;  // of the client, verified
    bool has_greeting = false;     // with a challenge in it: POP3
};
/// Whether a mechanism can be offered there.
constexpr bool fits(Mechanism mechanism, Connection connection) {
    if (traits(mechanism).brings_secret && !connection.is_encrypted) return false;
    if (binds_channel(mechanism) && !connection.has_channel) return false;
    if (mechanism == Mechanism::Apop) return connection.has_greeting;
    return mechanism != Mechanism::External || connection.has_certificate;
}

/// In any case (RFC 4422 §3.1 has upper case; clients do not).
std::optional<Mechanism> parse_mechanism(std::string_view name);

static_assert([] {
    for (std::size_t i = 0; i < mechanisms.size(); ++i)
        if (std::to_underlying(mechanisms[i].mechanism) != i) return false;
    return true;
}());

}  // namespace sasl
