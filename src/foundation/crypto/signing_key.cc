#include "crypto/signing_key.h"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "lang/verify.h"

namespace crypto {
namespace {

constexpr std::size_t longest_pem = 64 * 1024;
constexpr int least_rsa_bits = 2048;
constexpr int coordinate_length = 32;

using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;
using Number = std::unique_ptr<BIGNUM, decltype(&BN_free)>;

std::shared_ptr<EVP_PKEY> owned(EVP_PKEY* key) { return {key, &EVP_PKEY_free}; }

unsigned char* octets_of(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }
const unsigned char* octets_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

// Without it OpenSSL would ask the terminal.
int no_passphrase(char*, int, int, void*) { return 0; }

bool is_p256(EVP_PKEY* key) {
    char name[64] = {};
    return EVP_PKEY_is_a(key, "EC") && EVP_PKEY_get_group_name(key, name, sizeof name, nullptr) == 1 &&
           std::string_view(name) == "prime256v1";
}

std::string number(EVP_PKEY* key, const char* parameter, int length) {
    BIGNUM* found = nullptr;
    VERIFY(EVP_PKEY_get_bn_param(key, parameter, &found) == 1);
    const Number freed(found, &BN_free);
    std::string octets(static_cast<std::size_t>(length > 0 ? length : BN_num_bytes(found)), '\0');
    VERIFY(BN_bn2binpad(found, octets_of(octets), static_cast<int>(octets.size())) >= 0);
    return octets;
}

// From the DER that OpenSSL makes to the fixed form.
std::string fixed_form(std::string_view der) {
    const unsigned char* at = octets_of(der);
    const std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)> signature(
        d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())), &ECDSA_SIG_free);
    VERIFY(signature);
    std::string octets(2 * coordinate_length, '\0');
    VERIFY(BN_bn2binpad(ECDSA_SIG_get0_r(signature.get()), octets_of(octets), coordinate_length) >= 0);
    VERIFY(BN_bn2binpad(ECDSA_SIG_get0_s(signature.get()), octets_of(octets) + coordinate_length, coordinate_length) >=
           0);
    return octets;
}

}  // namespace

SigningKey SigningKey::make(Kind kind) {
    auto key = owned(kind == Kind::P256 ? EVP_EC_gen("P-256") : EVP_RSA_gen(rsa_bits));
    VERIFY(key);
    return {std::move(key), kind};
}

std::expected<SigningKey, std::string> SigningKey::parse(std::string_view pem) {
    if (pem.size() > longest_pem) return std::unexpected("is too long for a private key");
    const Bio in(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), &BIO_free);
    auto key = owned(PEM_read_bio_PrivateKey(in.get(), nullptr, no_passphrase, nullptr));
    ERR_clear_error();
    if (!key) return std::unexpected("holds no private key in PEM form without a passphrase");
    if (is_p256(key.get())) return SigningKey(std::move(key), Kind::P256);
    if (!EVP_PKEY_is_a(key.get(), "RSA")) return std::unexpected("holds a key that is neither RSA nor ECDSA on P-256");
    if (EVP_PKEY_get_bits(key.get()) < least_rsa_bits) return std::unexpected("holds an RSA key below 2048 bits");
    return SigningKey(std::move(key), Kind::Rsa);
}

std::string SigningKey::to_pem() const {
    const Bio out(BIO_new(BIO_s_secmem()), &BIO_free);
    VERIFY(PEM_write_bio_PKCS8PrivateKey(out.get(), key_.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1);
    char* octets = nullptr;
    const long length = BIO_get_mem_data(out.get(), &octets);
    return {octets, static_cast<std::size_t>(length)};
}

std::string SigningKey::sign(std::string_view octets) const {
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
    VERIFY(EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key_.get()) == 1);
    std::string signature(static_cast<std::size_t>(EVP_PKEY_get_size(key_.get())), '\0');
    std::size_t length = signature.size();
    VERIFY(EVP_DigestSign(context.get(), octets_of(signature), &length, octets_of(octets), octets.size()) == 1);
    signature.resize(length);
    return kind_ == Kind::P256 ? fixed_form(signature) : signature;
}

SigningKey::Public SigningKey::public_numbers() const {
    if (kind_ == Kind::P256)
        return {number(key_.get(), OSSL_PKEY_PARAM_EC_PUB_X, coordinate_length),
                number(key_.get(), OSSL_PKEY_PARAM_EC_PUB_Y, coordinate_length)};
    return {number(key_.get(), OSSL_PKEY_PARAM_RSA_E, 0), number(key_.get(), OSSL_PKEY_PARAM_RSA_N, 0)};
}

}  // namespace crypto
