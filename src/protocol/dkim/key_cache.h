#pragma once
// Public keys that have been decoded, so that a domain's next message costs no more than its verification: decoding a
// key takes longer than using it once.
//
// By the octets of the key, so that nothing here can be out of date. Bounded; what has not been used for long is
// forgotten.

#include <cstddef>
#include <expected>
#include <map>
#include <string>
#include <string_view>

#include "crypto/digest_signature.h"

namespace dkim {

class KeyCache {
public:
    using Decoded = std::expected<crypto::DigestVerifier, crypto::DigestVerifier::Problem>;

    explicit KeyCache(std::size_t most = 2000) : most_(most) {}

    /// As DigestVerifier::parse().
    Decoded decode(crypto::SignatureKind kind, std::string_view octets);
    std::size_t size() const { return recent_.size() + before_.size(); }

private:
    using Keys = std::map<std::string, Decoded, std::less<>>;

    std::size_t most_;
    Keys recent_;  // at most half of them; then they become those of before
    Keys before_;
};

}  // namespace dkim
