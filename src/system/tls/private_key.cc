#include "tls/private_key.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <memory>

#include "lang/defer.h"
#include "tls/certificate.h"

namespace tls {
namespace {

struct How {
    const EVP_MD* digest = nullptr;
    const char* key = "";
    bool is_pss = false;
};

How how(Scheme scheme) {
    switch (scheme) {
        case Scheme::RsaPkcs1Sha256: return {EVP_sha256(), "RSA", false};
        case Scheme::RsaPkcs1Sha384: return {EVP_sha384(), "RSA", false};
        case Scheme::RsaPkcs1Sha512: return {EVP_sha512(), "RSA", false};
        case Scheme::RsaPssSha256: return {EVP_sha256(), "RSA", true};
        case Scheme::RsaPssSha384: return {EVP_sha384(), "RSA", true};
        case Scheme::RsaPssSha512: return {EVP_sha512(), "RSA", true};
        case Scheme::EcdsaSha256: return {EVP_sha256(), "EC", false};
        case Scheme::EcdsaSha384: return {EVP_sha384(), "EC", false};
        case Scheme::EcdsaSha512: return {EVP_sha512(), "EC", false};
    }
    return {};  // Hostile: a number from another process
}

}  // namespace

std::expected<PrivateKey, std::string> PrivateKey::parse(std::string_view pem) {
    begin();
    BIO* const in = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
    const Defer freed([in] { BIO_free(in); });
    PrivateKey key;
    key.key_.reset(PEM_read_bio_PrivateKey(in, nullptr, [](char*, int, int, void*) { return 0; }, nullptr));
    ERR_clear_error();
    if (!key.key_) return std::unexpected("holds no private key in PEM form without a passphrase");
    if (!EVP_PKEY_is_a(key.key_.get(), "RSA") && !EVP_PKEY_is_a(key.key_.get(), "EC"))
        return std::unexpected("holds a key that is neither RSA nor ECDSA");
    key.id_ = key_id(key.key_.get());
    return key;
}

std::optional<std::string> PrivateKey::sign(Scheme scheme, std::string_view content) const {
    const auto [digest, kind, is_pss] = how(scheme);
    if (!digest || !EVP_PKEY_is_a(key_.get(), kind)) return std::nullopt;
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
    EVP_PKEY_CTX* parameters = nullptr;
    const Defer cleared([] { ERR_clear_error(); });
    if (EVP_DigestSignInit(context.get(), &parameters, digest, nullptr, key_.get()) != 1) return std::nullopt;
    if (is_pss && (EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING) != 1 ||
                   EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, RSA_PSS_SALTLEN_DIGEST) != 1))
        return std::nullopt;
    std::string signature(static_cast<std::size_t>(EVP_PKEY_get_size(key_.get())), '\0');
    std::size_t length = signature.size();
    if (EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &length,
                       reinterpret_cast<const unsigned char*>(content.data()), content.size()) != 1)
        return std::nullopt;
    signature.resize(length);
    return signature;
}

}  // namespace tls
