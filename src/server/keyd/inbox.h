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

/// Whoever asks for these cannot have handshakes signed, and the other way round; nor is a key there for both.
using DigestId = std::array<std::uint8_t, 32>;

/// Sign what DKIM and ARC hash, which is always SHA-256 (RFC 6376 §3.3, RFC 8463 §3, RFC 8617 §4.1). Answered by
/// policyd::DigestSigned.
struct SignDigest {
    std::uint64_t ticket = 0;
    DigestId key{};  // SHA-256 of the public key, as crypto::DigestSigner has its octets
    std::array<std::uint8_t, 32> digest{};
    bool operator==(const SignDigest&) const = default;
};
constexpr auto fields(const SignDigest*) {
    return std::tuple{&SignDigest::ticket, &SignDigest::key, &SignDigest::digest};
}

/// Of the process that looks at mail. No request is longer than this.
using FromPolicyd = std::variant<SignDigest>;
constexpr std::size_t longest_digest_request = 128;

}  // namespace keyd
