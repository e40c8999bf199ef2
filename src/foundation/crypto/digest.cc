#include "crypto/digest.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <utility>

#include "lang/verify.h"

namespace crypto {
namespace {

using Octets = std::array<unsigned char, EVP_MAX_MD_SIZE>;

const EVP_MD* method(Digest kind) {
    switch (kind) {
        case Digest::Md5: return ::EVP_md5();
        case Digest::Sha1: return ::EVP_sha1();
        case Digest::Sha256: return ::EVP_sha256();
        case Digest::Sha512: return ::EVP_sha512();
    }
    std::unreachable();
}

const unsigned char* octets_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

std::string text_of(const Octets& octets, std::size_t length) {
    return {reinterpret_cast<const char*>(octets.data()), length};
}

}  // namespace

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
    ::OPENSSL_cleanse(secret.data(), secret.size());
    secret.clear();
}

}  // namespace crypto
