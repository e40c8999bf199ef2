#include "crypto/digest.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

namespace crypto {
namespace {

std::string hex(std::string_view octets) {
    std::string text;
    for (const char c : octets) {
        const auto octet = static_cast<unsigned char>(c);
        text += "0123456789abcdef"[octet >> 4];
        text += "0123456789abcdef"[octet & 15];
    }
    return text;
}

// RFC 1321 §A.5, RFC 6234 §8.5
TEST(Digest, IsThatOfTheStandard) {
    EXPECT_EQ(hex(digest(Digest::Md5, "abc")), "900150983cd24fb0d6963f7d28e17f72");
    EXPECT_EQ(hex(digest(Digest::Sha1, "abc")), "a9993e364706816aba3e25717850c26c9cd0d89d");
    EXPECT_EQ(hex(digest(Digest::Sha256, "abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(hex(digest(Digest::Sha512, "")).substr(0, 16), "cf83e1357eefb8bd");
    EXPECT_EQ(length_of(Digest::Sha1), 20u);
}

// RFC 2202 §2, §3; RFC 4231 §4.3
TEST(Digest, WithAKeyIsThatOfTheStandard) {
    constexpr std::string_view key = "Jefe", text = "what do ya want for nothing?";
    EXPECT_EQ(hex(hmac(Digest::Md5, key, text)), "750c783e6ab0b503eaa86e310a5db738");
    EXPECT_EQ(hex(hmac(Digest::Sha1, key, text)), "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
    EXPECT_EQ(hex(hmac(Digest::Sha256, key, text)), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    EXPECT_EQ(hex(hmac(Digest::Sha256, {}, {})), "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

// RFC 6070 §2
TEST(Digest, DerivesKeys) {
    EXPECT_EQ(hex(pbkdf2(Digest::Sha1, "password", "salt", 1)), "0c60c80f961f0e71f3a9b524af6012062fe037a6");
    EXPECT_EQ(hex(pbkdf2(Digest::Sha1, "password", "salt", 4096)), "4b007901b765489abead49d926f721d065a429c1");
    EXPECT_EQ(pbkdf2(Digest::Sha256, "", "", 1).size(), 32u);
}

TEST(Digest, ComparesAndForgets) {
    EXPECT_TRUE(are_equal("", ""));
    EXPECT_TRUE(are_equal("secret", "secret"));
    EXPECT_FALSE(are_equal("secret", "secreT"));
    EXPECT_FALSE(are_equal("secret", "secret1"));
    std::string secret = "secret";
    const char* where = secret.data();
    wipe(secret);
    EXPECT_TRUE(secret.empty());
    EXPECT_EQ(where[1], '\0');
}

}  // namespace
}  // namespace crypto
