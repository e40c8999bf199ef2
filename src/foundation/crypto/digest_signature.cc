#include "crypto/digest_signature.h"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>

#include "crypto/methods.h"
#include "lang/verify.h"

namespace crypto {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t longest_pem = 64 * 1024;
constexpr std::size_t longest_public_key = 4096;  // octets; 8192 bits need less than 1100
constexpr std::size_t ed25519_length = 32;
constexpr int longest_exponent = 64;  // bits; the customary one has 17

using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;
using Context = std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;
using Problem = DigestVerifier::Problem;

std::shared_ptr<EVP_PKEY> owned(EVP_PKEY* key) { return {key, &EVP_PKEY_free}; }

unsigned char* octets_of(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }
const unsigned char* octets_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

// Without it OpenSSL would ask the terminal.
int no_passphrase(char*, int, int, void*) { return 0; }

Context rsa_context(EVP_PKEY* key, int (*begin)(EVP_PKEY_CTX*)) {
    Context context(EVP_PKEY_CTX_new(key, nullptr), &EVP_PKEY_CTX_free);
    VERIFY(context && begin(context.get()) == 1);
    VERIFY(EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_PADDING) == 1);
    VERIFY(EVP_PKEY_CTX_set_signature_md(context.get(), method(Digest::Sha256)) == 1);
    return context;
}

std::string sign_rsa(EVP_PKEY* key, std::string_view sha256) {
    const auto context = rsa_context(key, EVP_PKEY_sign_init);
    std::string signature(static_cast<std::size_t>(EVP_PKEY_get_size(key)), '\0');
    std::size_t length = signature.size();
    VERIFY(EVP_PKEY_sign(context.get(), octets_of(signature), &length, octets_of(sha256), sha256.size()) == 1);
    signature.resize(length);
    return signature;
}

std::string sign_ed25519(EVP_PKEY* key, std::string_view sha256) {
    const DigestContext context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
    VERIFY(EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key) == 1);
    std::string signature(64, '\0');
    std::size_t length = signature.size();
    VERIFY(EVP_DigestSign(context.get(), octets_of(signature), &length, octets_of(sha256), sha256.size()) == 1);
    return signature;
}

bool verify_ed25519(EVP_PKEY* key, std::string_view sha256, std::string_view signature) {
    const DigestContext context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
    VERIFY(EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key) == 1);
    return EVP_DigestVerify(context.get(), octets_of(signature), signature.size(), octets_of(sha256), sha256.size()) ==
           1;
}

// Both forms of an RSA key; what follows the key makes it malformed.
std::shared_ptr<EVP_PKEY> read_rsa(std::string_view der) {
    const unsigned char* at = octets_of(der);
    auto key = owned(d2i_PUBKEY(nullptr, &at, static_cast<long>(der.size())));
    if (!key) {
        at = octets_of(der);
        key = owned(d2i_PublicKey(EVP_PKEY_RSA, nullptr, &at, static_cast<long>(der.size())));
    }
    ERR_clear_error();
    const bool is_whole = at == octets_of(der) + der.size();
    return key && is_whole && EVP_PKEY_is_a(key.get(), "RSA") ? key : nullptr;
}

bool has_long_exponent(EVP_PKEY* key) {
    BIGNUM* exponent = nullptr;
    if (EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &exponent) != 1) return true;
    const int bits = BN_num_bits(exponent);
    BN_free(exponent);
    return bits > longest_exponent;
}

// The y of the points whose order divides 8, in both of their encodings, least octet first: 0, 1, -1, the two of order
// 8, p and p + 1 (RFC 8032 §5.1.3 has the sign of x in the bit above).
constexpr auto small_order = std::to_array<std::string_view>({
    "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
    "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"sv,
    "\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
    "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"sv,
    "\xec\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"
    "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f"sv,
    "\x26\xe8\x95\x8f\xc2\xb2\x27\xb0\x45\xc3\xf4\x89\xf2\xef\x98\xf0"
    "\xd5\xdf\xac\x05\xd3\xc6\x33\x39\xb1\x38\x02\x88\x6d\x53\xfc\x05"sv,
    "\xc7\x17\x6a\x70\x3d\x4d\xd8\x4f\xba\x3c\x0b\x76\x0d\x10\x67\x0f"
    "\x2a\x20\x53\xfa\x2c\x39\xcc\xc6\x4e\xc7\xfd\x77\x92\xac\x03\x7a"sv,
    "\xed\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"
    "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f"sv,
    "\xee\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"
    "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f"sv,
});

/// With such a key there are signatures that fit many texts, or all, and that anybody can make.
bool has_small_order(std::string_view octets) {
    std::string y(octets);
    y.back() = static_cast<char>(y.back() & 0x7f);
    return std::ranges::find(small_order, std::string_view(y)) != small_order.end();
}

}  // namespace

DigestSigner DigestSigner::make(SignatureKind kind, int rsa_bits) {
    VERIFY(rsa_bits >= least_rsa_bits && rsa_bits <= most_rsa_bits);
    auto key = owned(kind == SignatureKind::Rsa ? EVP_RSA_gen(static_cast<unsigned>(rsa_bits))
                                                : EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
    VERIFY(key);
    return {std::move(key), kind};
}

std::expected<DigestSigner, std::string> DigestSigner::parse(std::string_view pem) {
    if (pem.size() > longest_pem) return std::unexpected("is too long for a private key");
    const Bio in(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), &BIO_free);
    auto key = owned(PEM_read_bio_PrivateKey(in.get(), nullptr, no_passphrase, nullptr));
    ERR_clear_error();
    if (!key) return std::unexpected("holds no private key in PEM form without a passphrase");
    if (EVP_PKEY_is_a(key.get(), "ED25519")) return DigestSigner(std::move(key), SignatureKind::Ed25519);
    if (!EVP_PKEY_is_a(key.get(), "RSA")) return std::unexpected("holds a key that is neither RSA nor Ed25519");
    const int bits = EVP_PKEY_get_bits(key.get());
    if (bits < least_rsa_bits) return std::unexpected("holds an RSA key below 1024 bits");
    if (bits > most_rsa_bits) return std::unexpected("holds an RSA key above 8192 bits");
    return DigestSigner(std::move(key), SignatureKind::Rsa);
}

std::string DigestSigner::sign(std::string_view sha256) const {
    VERIFY(sha256.size() == 32);
    return kind_ == SignatureKind::Rsa ? sign_rsa(key_.get(), sha256) : sign_ed25519(key_.get(), sha256);
}

std::string DigestSigner::to_pem() const {
    const Bio out(BIO_new(BIO_s_secmem()), &BIO_free);
    VERIFY(PEM_write_bio_PKCS8PrivateKey(out.get(), key_.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1);
    char* octets = nullptr;
    const long length = BIO_get_mem_data(out.get(), &octets);
    return {octets, static_cast<std::size_t>(length)};
}

std::string DigestSigner::public_octets() const {
    if (kind_ == SignatureKind::Ed25519) {
        std::string octets(ed25519_length, '\0');
        std::size_t length = octets.size();
        VERIFY(EVP_PKEY_get_raw_public_key(key_.get(), octets_of(octets), &length) == 1);
        return octets;
    }
    unsigned char* der = nullptr;
    const int length = i2d_PUBKEY(key_.get(), &der);
    VERIFY(length > 0);
    const std::unique_ptr<unsigned char, void (*)(unsigned char*)> freed(der,
                                                                         [](unsigned char* p) { OPENSSL_free(p); });
    return {reinterpret_cast<const char*>(der), static_cast<std::size_t>(length)};
}

std::expected<DigestVerifier, Problem> DigestVerifier::parse(SignatureKind kind, std::string_view octets) {
    if (octets.size() > longest_public_key) return std::unexpected(Problem::TooLong);
    if (kind == SignatureKind::Ed25519) {
        if (octets.size() != ed25519_length || has_small_order(octets)) return std::unexpected(Problem::Malformed);
        auto key = owned(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, octets_of(octets), octets.size()));
        VERIFY(key);
        return DigestVerifier(std::move(key), kind, 256);
    }
    auto key = read_rsa(octets);
    if (!key) return std::unexpected(Problem::Malformed);
    const int bits = EVP_PKEY_get_bits(key.get());
    if (bits < least_rsa_bits) return std::unexpected(Problem::TooShort);
    if (bits > most_rsa_bits || has_long_exponent(key.get())) return std::unexpected(Problem::TooLong);
    DigestVerifier verifier(std::move(key), kind, bits);
    verifier.context_ = rsa_context(verifier.key_.get(), EVP_PKEY_verify_init);
    return verifier;
}

bool DigestVerifier::verify(std::string_view sha256, std::string_view signature) const {
    if (sha256.size() != 32) return false;
    bool is_good = false;
    if (kind_ == SignatureKind::Rsa) {
        is_good = EVP_PKEY_verify(context_.get(), octets_of(signature), signature.size(), octets_of(sha256),
                                  sha256.size()) == 1;
    } else {
        is_good = verify_ed25519(key_.get(), sha256, signature);
    }
    ERR_clear_error();
    return is_good;
}

}  // namespace crypto
