#include "crypto/verifying_key.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include <algorithm>
#include <string>

namespace crypto {
namespace {

constexpr std::size_t least_rsa_octets = 256;
constexpr std::size_t most_rsa_octets = 1024;
constexpr std::size_t most_exponent_octets = 8;
constexpr std::size_t coordinate_length = 32;
constexpr std::size_t ed25519_length = 32;

using Builder = std::unique_ptr<OSSL_PARAM_BLD, decltype(&OSSL_PARAM_BLD_free)>;
using Parameters = std::unique_ptr<OSSL_PARAM, decltype(&OSSL_PARAM_free)>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)>;
using Number = std::unique_ptr<BIGNUM, decltype(&BN_free)>;

const unsigned char* octets_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

Number number(std::string_view octets) {
    return {BN_bin2bn(octets_of(octets), static_cast<int>(octets.size()), nullptr), &BN_free};
}

/// Nothing where OpenSSL finds it to be none.
std::shared_ptr<EVP_PKEY> make(const char* type, OSSL_PARAM_BLD* builder) {
    const Parameters parameters(OSSL_PARAM_BLD_to_param(builder), &OSSL_PARAM_free);
    const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr), &EVP_PKEY_CTX_free);
    EVP_PKEY* key = nullptr;
    const bool is_made = parameters && context && EVP_PKEY_fromdata_init(context.get()) == 1 &&
                         EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.get()) == 1;
    std::shared_ptr<EVP_PKEY> owned(key, &EVP_PKEY_free);
    if (!is_made) return nullptr;
    const KeyContext check(EVP_PKEY_CTX_new(owned.get(), nullptr), &EVP_PKEY_CTX_free);
    return check && EVP_PKEY_public_check(check.get()) == 1 ? owned : nullptr;
}

std::string_view without_zeros(std::string_view octets) {
    return octets.substr(std::min(octets.find_first_not_of('\0'), octets.size()));
}

/// DER, as OpenSSL reads it; empty: it cannot be one.
std::string der_of(std::string_view fixed_form) {
    if (fixed_form.size() != 2 * coordinate_length) return {};
    ECDSA_SIG* const signature = ECDSA_SIG_new();
    ECDSA_SIG_set0(signature, number(fixed_form.substr(0, coordinate_length)).release(),
                   number(fixed_form.substr(coordinate_length)).release());
    unsigned char* octets = nullptr;
    const int length = i2d_ECDSA_SIG(signature, &octets);
    ECDSA_SIG_free(signature);
    std::string der(reinterpret_cast<const char*>(octets), length > 0 ? static_cast<std::size_t>(length) : 0);
    OPENSSL_free(octets);
    return der;
}

}  // namespace

std::optional<VerifyingKey> VerifyingKey::rsa(std::string_view modulus, std::string_view exponent) {
    modulus = without_zeros(modulus);
    exponent = without_zeros(exponent);
    if (modulus.size() < least_rsa_octets || modulus.size() > most_rsa_octets) return std::nullopt;
    if (exponent.empty() || exponent.size() > most_exponent_octets) return std::nullopt;
    const Number n = number(modulus), e = number(exponent);
    const Builder builder(OSSL_PARAM_BLD_new(), &OSSL_PARAM_BLD_free);
    if (OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) != 1) return std::nullopt;
    if (OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) != 1) return std::nullopt;
    auto key = make("RSA", builder.get());
    ERR_clear_error();
    if (!key) return std::nullopt;
    return VerifyingKey(std::move(key), Kind::Rsa);
}

std::optional<VerifyingKey> VerifyingKey::p256(std::string_view x, std::string_view y) {
    if (x.size() != coordinate_length || y.size() != coordinate_length) return std::nullopt;
    const std::string point = '\x04' + std::string(x) + std::string(y);
    const Builder builder(OSSL_PARAM_BLD_new(), &OSSL_PARAM_BLD_free);
    OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0);
    OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size());
    auto key = make("EC", builder.get());
    ERR_clear_error();
    if (!key) return std::nullopt;
    return VerifyingKey(std::move(key), Kind::P256);
}

std::optional<VerifyingKey> VerifyingKey::ed25519(std::string_view octets) {
    if (octets.size() != ed25519_length) return std::nullopt;
    std::shared_ptr<EVP_PKEY> key(
        EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, octets_of(octets), octets.size()), &EVP_PKEY_free);
    ERR_clear_error();
    if (!key) return std::nullopt;
    return VerifyingKey(std::move(key), Kind::Ed25519);
}

bool VerifyingKey::is_signature(std::string_view octets, std::string_view signature) const {
    const std::string der = kind_ == Kind::P256 ? der_of(signature) : std::string(signature);
    if (der.empty()) return false;
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
    const EVP_MD* const digest = kind_ == Kind::Ed25519 ? nullptr : EVP_sha256();
    const bool is_good =
        EVP_DigestVerifyInit(context.get(), nullptr, digest, nullptr, key_.get()) == 1 &&
        EVP_DigestVerify(context.get(), octets_of(der), der.size(), octets_of(octets), octets.size()) == 1;
    ERR_clear_error();
    return is_good;
}

}  // namespace crypto
