#pragma once
// What keyd is asked. Nothing else under server/keyd may be included from outside.
//
// There is a message for each purpose that a private key has here, and keyd looks at the content before it signs it: a
// process that was broken into gets no signature that is good for anything else.

#include <array>
#include <cstdint>
#include <string>
#include <tuple>
#include <variant>

#include "tls/signer.h"

namespace keyd {

/// Longer frames are malformed. What is signed in a handshake has less than 300 octets.
constexpr std::size_t longest_request = 1024;

/// Sign what a TLS server signs in its handshake, for which see handshake.h. Answered by encryption::Signed.
struct SignHandshake {
    std::uint64_t ticket = 0;
    tls::KeyId key{};  // by the public key
    tls::Scheme scheme = tls::Scheme::RsaPssSha256;
    std::string content;
    bool operator==(const SignHandshake&) const = default;
};
constexpr auto fields(const SignHandshake*) {
    return std::tuple{&SignHandshake::ticket, &SignHandshake::key, &SignHandshake::scheme, &SignHandshake::content};
}

/// Of any process that speaks TLS with clients.
using FromServer = std::variant<SignHandshake>;

// A process that signs messages (DKIM) gets a variant of its own here, so that it cannot sign handshakes.

}  // namespace keyd
