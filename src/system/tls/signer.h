#pragma once
// Whoever holds the private keys. A handshake does not need the key, only a signature over what both sides have said so
// far (RFC 8446 §4.4.3, RFC 5246 §7.4.3); the key may live in another process.

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace tls {

/// SHA-256 of the public key (SubjectPublicKeyInfo): what certificate and private key have in common.
using KeyId = std::array<std::uint8_t, 32>;

/// RFC 8446 §4.2.3, the values of SignatureScheme that we sign with.
enum class Scheme : std::uint16_t {
    RsaPkcs1Sha256 = 0x0401,
    RsaPkcs1Sha384 = 0x0501,
    RsaPkcs1Sha512 = 0x0601,
    EcdsaSha256 = 0x0403,
    EcdsaSha384 = 0x0503,
    EcdsaSha512 = 0x0603,
    RsaPssSha256 = 0x0804,
    RsaPssSha384 = 0x0805,
    RsaPssSha512 = 0x0806,
};

struct ToSign {
    KeyId key{};
    Scheme scheme = Scheme::RsaPssSha256;
    std::string content;  // not its digest
};

class Signer {
public:
    virtual ~Signer() = default;

    /// Absent: no signature will be had, and the handshake fails.
    using Done = std::function<void(std::optional<std::string> signature)>;
    /// `done` is called once, from inside or later, unless the process ends before.
    virtual void sign(ToSign what, Done done) = 0;
};

}  // namespace tls
