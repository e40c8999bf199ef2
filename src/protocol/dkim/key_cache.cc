#include "dkim/key_cache.h"

#include <utility>

namespace dkim {

KeyCache::Decoded KeyCache::decode(crypto::SignatureKind kind, std::string_view octets) {
    std::string name(1, kind == crypto::SignatureKind::Rsa ? 'r' : 'e');
    name += octets;
    if (const auto found = recent_.find(name); found != recent_.end()) return found->second;
    const auto old = before_.find(name);
    auto decoded = old != before_.end() ? old->second : crypto::DigestVerifier::parse(kind, octets);
    if (recent_.size() >= most_ / 2) before_ = std::exchange(recent_, {});
    recent_.emplace(std::move(name), decoded);
    return decoded;
}

}  // namespace dkim
