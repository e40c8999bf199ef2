#include "dkim/key_cache.h"

#include <gtest/gtest.h>

namespace dkim {
namespace {

using crypto::DigestSigner;
using crypto::SignatureKind;

TEST(DkimKeyCache, IsTheKeyItself) {
    KeyCache cache;
    for (const auto kind : {SignatureKind::Rsa, SignatureKind::Ed25519}) {
        const auto signer = DigestSigner::make(kind);
        const std::string digest(32, 'd');
        const auto signature = signer.sign(digest);
        for (int round = 0; round < 2; ++round) {
            const auto key = cache.decode(kind, signer.public_octets());
            ASSERT_TRUE(key);
            EXPECT_TRUE(key->verify(digest, signature));
            EXPECT_FALSE(key->verify(std::string(32, 'e'), signature));
        }
    }
    EXPECT_EQ(cache.size(), 2u);
    // Octets are no key of the other kind because they were one of this kind.
    const auto octets = DigestSigner::make(SignatureKind::Ed25519).public_octets();
    EXPECT_TRUE(cache.decode(SignatureKind::Ed25519, octets));
    EXPECT_FALSE(cache.decode(SignatureKind::Rsa, octets));
}

TEST(DkimKeyCache, StaysSmall) {
    KeyCache cache(10);
    for (int i = 0; i < 1000; ++i) {
        const auto key = cache.decode(SignatureKind::Rsa, "no key " + std::to_string(i));
        ASSERT_FALSE(key);
        EXPECT_EQ(key.error(), crypto::DigestVerifier::Problem::Malformed);
        EXPECT_LE(cache.size(), 10u);
    }
}

}  // namespace
}  // namespace dkim
