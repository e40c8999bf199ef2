#pragma once
// What httpd hears: from acmed, what proves to a certificate authority that a name is ours (http-01, RFC 8555 §8.3).
// Nothing else under server/httpd may be included from outside.

#include <string>
#include <tuple>
#include <variant>

namespace httpd {

/// Shown until it is hidden.
struct ShowProof {
    std::string token;
    std::string content;
    bool operator==(const ShowProof&) const = default;
};
constexpr auto fields(const ShowProof*) { return std::tuple{&ShowProof::token, &ShowProof::content}; }

/// All of them.
struct HideProofs {
    bool operator==(const HideProofs&) const = default;
};
constexpr auto fields(const HideProofs*) { return std::tuple{}; }

using FromAcmed = std::variant<ShowProof, HideProofs>;

}  // namespace httpd
