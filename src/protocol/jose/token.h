#pragma once
// Tokens that say who somebody is: JSON Web Tokens (RFC 7519), signed in compact form (RFC 7515 §7.1) by an issuer
// whose keys are known. RFC 8725 is obeyed in what is refused.
//
// Pure; the time is an argument. Hostile: whoever has no account may send any token. Nothing in it counts before the
// signature does; the algorithm is the key's, not the token's (RFC 8725 §3.1); an unknown critical header refuses all
// (RFC 7515 §4.1.11).

#include <chrono>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "jose/keys.h"

namespace jose {

constexpr std::size_t longest_token = 12'000;

/// What a token must say to be one for us.
struct Demands {
    std::string issuer;    // of "iss"
    std::string audience;  // among "aud"
    std::string scope;     // among the words of "scope" (RFC 8693 §4.2); empty: any
    std::vector<std::string> user_claims{"email", "preferred_username",
                                         "sub"};  // the first that is there names the user
    std::chrono::seconds leeway{60};              // clocks differ
};

enum class Flaw : std::uint8_t {
    Malformed,
    UnknownKey,  // or an algorithm that no key of that name has
    BadSignature,
    Expired,    // or not valid yet
    ForOthers,  // another issuer or audience
    MissingScope,
    NamesNobody,  // or an address that was not verified ("email_verified")
};
std::string_view describe(Flaw flaw);

/// Whom it names, as the issuer writes him.
std::expected<std::string, Flaw> user_of(std::string_view token, const std::vector<Key>& keys, const Demands& demands,
                                         std::chrono::sys_seconds now);

}  // namespace jose
