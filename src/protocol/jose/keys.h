#pragma once
// The public keys of somebody who issues tokens: a JSON Web Key Set. RFC 7517 §5; the keys: RFC 7518 §6, RFC 8037 §2.
//
// Hostile: the text may be anything. Keys of kinds that we do not know, for other uses than signatures, or too weak,
// are passed over (RFC 7517 §5); secrets (symmetric keys, private halves) make the whole a mistake that should be told.

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/verifying_key.h"

namespace jose {

struct Key {
    std::string id;  // "kid"; may be empty
    crypto::VerifyingKey key;
};

constexpr std::size_t longest_keys = 256 * 1024;
constexpr std::size_t most_keys = 100;

/// Or what is wrong with it. There is one key at least.
std::expected<std::vector<Key>, std::string> parse_keys(std::string_view json);

}  // namespace jose
