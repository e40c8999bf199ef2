#pragma once
// A public key of somebody else's, as a value: what signatures are checked with. RSA (PKCS #1 v1.5 and SHA-256), ECDSA
// on P-256 and SHA-256, Ed25519: RS256, ES256 and EdDSA of RFC 7518 §3 and RFC 8037 §3.1.
//
// Pure.

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

struct evp_pkey_st;

namespace crypto {

class VerifyingKey {
public:
    enum class Kind : std::uint8_t { Rsa, P256, Ed25519 };

    /// Of unsigned numbers, most significant octet first. None: it is no key, or one too weak (below 2048 bits) or
    /// too large to be one (8192).
    static std::optional<VerifyingKey> rsa(std::string_view modulus, std::string_view exponent);
    /// The coordinates, 32 octets each. None: it is no point of the curve.
    static std::optional<VerifyingKey> p256(std::string_view x, std::string_view y);
    /// 32 octets.
    static std::optional<VerifyingKey> ed25519(std::string_view octets);

    Kind kind() const { return kind_; }
    /// P-256: r and s, 32 octets each.
    bool is_signature(std::string_view octets, std::string_view signature) const;

private:
    VerifyingKey(std::shared_ptr<evp_pkey_st> key, Kind kind) : key_(std::move(key)), kind_(kind) {}

    std::shared_ptr<evp_pkey_st> key_;  // shared by the copies; it never changes
    Kind kind_;
};

}  // namespace crypto
