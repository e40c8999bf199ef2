#pragma once
// Tokens that say who somebody is: JSON Web Tokens (RFC 7519), signed in compact form (RFC 7515 §7.1) by an issuer
// whose keys are known. RFC 8725 is obeyed in what is refused.
//
// Pure; the time is an argument. Hostile: whoever has no account may send any token. Nothing in it counts before the
// signature does; the algorithm is the key's, not the token's (RFC 8725 §3.1); an unknown critical header refuses all
// (RFC 7515 §4.1.11).

#include <chrono>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "jose/demands.h"
#include "jose/keys.h"

namespace jose {

constexpr std::size_t longest_token = 12'000;

/// Whom it names, as the issuer writes him.
std::expected<std::string, Flaw> user_of(std::string_view token, const std::vector<Key>& keys, const Demands& demands,
                                         std::chrono::sys_seconds now);

/// Whether it has the form of one; others mean something to their issuer alone.
bool is_signed(std::string_view token);
/// Whether it may be good once the issuer's newest keys are known: it is of a kind that we take, by a key of a name
/// that is none of these.
bool names_unknown_key(std::string_view token, const std::vector<Key>& keys);

}  // namespace jose
