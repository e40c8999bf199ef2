#pragma once
// What a token must say to be one for us, and what may be wrong with it.

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace jose {

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
    Inactive,     // RFC 7662 §2.2: it has ended, was taken back, or never was one of that issuer's
};
std::string_view describe(Flaw flaw);

}  // namespace jose
