#pragma once
// A private key that signs, as a value: ECDSA on P-256 (FIPS 186-5) or RSA. For keys that we make ourselves; its octets
// are wiped when the last copy goes.
//
// Pure but for the random numbers that making a key and an ECDSA signature take.

#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <string_view>

struct evp_pkey_st;

namespace crypto {

class SigningKey {
public:
    enum class Kind : std::uint8_t { P256, Rsa };
    static constexpr unsigned rsa_bits = 3072;

    static SigningKey make(Kind kind);
    /// PEM text without a passphrase. The error says what is wrong with it.
    static std::expected<SigningKey, std::string> parse(std::string_view pem);

    Kind kind() const { return kind_; }
    /// PKCS #8 in PEM form: a secret, to be wiped (crypto/digest.h).
    std::string to_pem() const;

    /// Over SHA-256 of `octets`. P-256: r and s, 32 octets each (RFC 7518 §3.4); RSA: PKCS #1 v1.5 (§3.3).
    std::string sign(std::string_view octets) const;

    /// What the public key is made of: for P-256 the coordinates x and y of 32 octets, for RSA the exponent and the
    /// modulus without zeros in front (RFC 7518 §6).
    struct Public {
        std::string first;
        std::string second;
    };
    Public public_numbers() const;

    /// For this part alone.
    evp_pkey_st* handle() const { return key_.get(); }

private:
    SigningKey(std::shared_ptr<evp_pkey_st> key, Kind kind) : key_(std::move(key)), kind_(kind) {}

    std::shared_ptr<evp_pkey_st> key_;  // shared by the copies; it never changes
    Kind kind_;
};

}  // namespace crypto
