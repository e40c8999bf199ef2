#pragma once
// What tests of those who keep keys begin with.

#include <gtest/gtest.h>

#include <string>

#include "crypto/digest_signature.h"
#include "signing_keys/folder.h"

namespace signing_keys::testing {

/// A key of the domain, made long ago, that signs.
inline void add_used_key(Folder folder, const std::string& domain, const std::string& selector,
                         const crypto::DigestSigner& key = crypto::DigestSigner::make(crypto::SignatureKind::Ed25519)) {
    const auto lock = folder.lock(domain);
    ASSERT_TRUE(folder.add(domain, {{.key = {.selector = selector,
                                             .kind = key.kind(),
                                             .public_octets = key.public_octets(),
                                             .made = 1,
                                             .seen = 2,
                                             .used = 3},
                                     .pem = key.to_pem()}}));
}

}  // namespace signing_keys::testing
