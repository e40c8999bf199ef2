#include "crypto/digest.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <utility>

#include "crypto/methods.h"
#include "lang/verify.h"

namespace crypto {
namespace {

using Octets = std::array<unsigned char, EVP_MAX_MD_SIZE>;

/// What cannot be looked up is looked up by libcrypto at each use, and told there.
const EVP_MD* looked_up(const EVP_MD* known) {
    const EVP_MD* found = ::EVP_MD_fetch(nullptr, ::EVP_MD_get0_name(known), nullptr);
    return found != nullptr ? found : known;
}

const unsigned char* octets_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

std::string text_of(const Octets& octets, std::size_t length) {
    return {reinterpret_cast<const char*>(octets.data()), length};
}

}  // namespace

const EVP_MD* method(Digest kind) {
    static const EVP_MD* const md5 = looked_up(::EVP_md5());
    static const EVP_MD* const sha1 = looked_up(::EVP_sha1());
    static const EVP_MD* const sha256 = looked_up(::EVP_sha256());
    static const EVP_MD* const sha512 = looked_up(::EVP_sha512());
    switch (kind) {
        case Digest::Md5: return md5;
        case Digest::Sha1: return sha1;
        case Digest::Sha256: return sha256;
        case Digest::Sha512: return sha512;
    }
    std::unreachable();
}

std::size_t length_of(Digest kind) { return static_cast<std::size_t>(::EVP_MD_get_size(method(kind))); }

std::string digest(Digest kind, std::string_view octets) {
    Octets result{};
    unsigned length = 0;
    VERIFY(::EVP_Digest(octets.data(), octets.size(), result.data(), &length, method(kind), nullptr) == 1);
    return text_of(result, length);
}

std::string hmac(Digest kind, std::string_view key, std::string_view octets) {
    Octets result{};
    unsigned length = 0;
    // A null pointer would mean "the key of the last time" to libcrypto.
    VERIFY(::HMAC(method(kind), key.empty() ? "" : key.data(), static_cast<int>(key.size()), octets_of(octets),
                  octets.size(), result.data(), &length) != nullptr);
    return text_of(result, length);
}

std::string pbkdf2(Digest kind, std::string_view password, std::string_view salt, std::uint32_t iterations) {
    VERIFY(iterations > 0);
    Octets result{};
    const auto length = length_of(kind);
    VERIFY(::PKCS5_PBKDF2_HMAC(password.empty() ? "" : password.data(), static_cast<int>(password.size()),
                               octets_of(salt), static_cast<int>(salt.size()), static_cast<int>(iterations),
                               method(kind), static_cast<int>(length), result.data()) == 1);
    return text_of(result, length);
}

bool are_equal(std::string_view a, std::string_view b) {
    return a.size() == b.size() && ::CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

void wipe(std::string& secret) {
    secret.resize(secret.capacity());  // a longer one may have been there, or one that was moved away
    ::OPENSSL_cleanse(secret.data(), secret.size());
    secret.clear();
}

}  // namespace crypto
