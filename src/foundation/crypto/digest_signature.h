#pragma once
// Keys that sign a SHA-256 digest with RSA or Ed25519, and those that verify it: what DKIM and ARC are made of. RFC
// 8017 §8.2 (RSASSA-PKCS1-v1_5), RFC 8032 (Ed25519), RFC 8463 §3 (Ed25519 over the digest instead of the text).
//
// Pure but for the random numbers that making a key takes.
// Hostile: a stranger publishes the public key, so its size and exponent are bounded before anything is computed with
// it.

#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <string_view>

struct evp_pkey_st;
struct evp_pkey_ctx_st;

namespace crypto {

enum class SignatureKind : std::uint8_t { Rsa, Ed25519 };

constexpr int least_rsa_bits = 1024;  // RFC 8301 §3.2
constexpr int most_rsa_bits = 8192;

class DigestSigner {
public:
    /// `rsa_bits`: 1024..8192, for RSA alone.
    static DigestSigner make(SignatureKind kind, int rsa_bits = 2048);
    /// PEM text without a passphrase. The error says what is wrong with it.
    static std::expected<DigestSigner, std::string> parse(std::string_view pem);

    SignatureKind kind() const { return kind_; }
    std::string sign(std::string_view sha256) const;  // `sha256`: 32 octets
    std::string to_pem() const;                       // PKCS #8: a secret, to be wiped (crypto/digest.h)
    /// RSA: SubjectPublicKeyInfo in DER (RFC 5280 §4.1); Ed25519: its 32 octets (RFC 8463 §4).
    std::string public_octets() const;

private:
    DigestSigner(std::shared_ptr<evp_pkey_st> key, SignatureKind kind) : key_(std::move(key)), kind_(kind) {}

    std::shared_ptr<evp_pkey_st> key_;  // shared by the copies; it never changes
    SignatureKind kind_;
};

class DigestVerifier {
public:
    enum class Problem : std::uint8_t { Malformed, TooShort, TooLong };

    /// Octets as public_octets() has them; for RSA also a bare RSAPublicKey (RFC 8017 §A.1.1), which some publish.
    static std::expected<DigestVerifier, Problem> parse(SignatureKind kind, std::string_view octets);

    SignatureKind kind() const { return kind_; }
    int bits() const { return bits_; }
    /// Copies share what they work with: not from several threads at once.
    bool verify(std::string_view sha256, std::string_view signature) const;

private:
    DigestVerifier(std::shared_ptr<evp_pkey_st> key, SignatureKind kind, int bits)
        : key_(std::move(key)), kind_(kind), bits_(bits) {}

    std::shared_ptr<evp_pkey_st> key_;            // likewise
    std::shared_ptr<evp_pkey_ctx_st> context_{};  // of RSA, ready: to make one takes a third as long as to use it
    SignatureKind kind_;
    int bits_;
};

}  // namespace crypto
