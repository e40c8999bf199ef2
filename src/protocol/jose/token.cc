#include "jose/token.h"

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <cmath>
#include <optional>
#include <utility>

#include "jose/object.h"
#include "lang/try.h"
#include "text/base64.h"

namespace jose {
namespace {

namespace json = boost::json;
using Kind = crypto::VerifyingKey::Kind;

constexpr std::size_t longest_name = 512;

std::optional<Kind> kind_for(std::string_view algorithm) {
    if (algorithm == "RS256") return Kind::Rsa;
    if (algorithm == "ES256") return Kind::P256;
    if (algorithm == "EdDSA") return Kind::Ed25519;
    return std::nullopt;  // "none" among them
}

struct Parts {
    std::string_view content;  // what is signed
    json::object header;
    json::object claims;
    std::string signature;
};

std::optional<json::object> object_in(std::string_view base64url) {
    const auto text = text::parse_base64url(base64url);
    return text ? parse_object(*text) : std::nullopt;
}

// RFC 7515 §7.1: header "." payload "." signature
std::optional<Parts> split(std::string_view token) {
    const auto first = token.find('.');
    const auto last = token.rfind('.');
    if (token.size() > longest_token || first == token.npos || last == first) return std::nullopt;
    auto header = object_in(token.substr(0, first));
    auto claims = object_in(token.substr(first + 1, last - first - 1));
    auto signature = text::parse_base64url(token.substr(last + 1));
    if (!header || !claims || !signature) return std::nullopt;
    return Parts{.content = token.substr(0, last),
                 .header = std::move(*header),
                 .claims = std::move(*claims),
                 .signature = std::move(*signature)};
}

/// By its name, or any of the right kind where the token names none.
std::expected<void, Flaw> check_signature(const Parts& parts, const std::vector<Key>& keys) {
    if (parts.header.contains("crit")) return std::unexpected(Flaw::Malformed);
    const auto kind = kind_for(text_in(parts.header, "alg"));
    const auto id = text_in(parts.header, "kid");
    bool is_known = false;
    for (const auto& [key_id, key] : keys) {
        if (key.kind() != kind || (!id.empty() && key_id != id)) continue;
        is_known = true;
        if (key.is_signature(parts.content, parts.signature)) return {};
    }
    return std::unexpected(is_known ? Flaw::BadSignature : Flaw::UnknownKey);
}

/// NumericDate (RFC 7519 §2): seconds, perhaps with a fraction.
std::optional<double> time_in(const json::object& claims, std::string_view name) {
    const json::value* value = claims.if_contains(name);
    if (!value || !value->is_number()) return std::nullopt;
    const auto seconds = value->to_number<double>();
    return std::isfinite(seconds) ? std::optional(seconds) : std::nullopt;
}

// RFC 7519 §4.1.4, §4.1.5. A token that never expires is none for us.
std::expected<void, Flaw> check_times(const json::object& claims, std::chrono::sys_seconds now,
                                      std::chrono::seconds leeway) {
    const auto expires = time_in(claims, "exp");
    if (!expires) return std::unexpected(Flaw::Malformed);
    const auto seconds = static_cast<double>(now.time_since_epoch().count());
    const auto slack = static_cast<double>(leeway.count());
    if (seconds >= *expires + slack) return std::unexpected(Flaw::Expired);
    if (!claims.contains("nbf")) return {};
    const auto begins = time_in(claims, "nbf");
    if (!begins) return std::unexpected(Flaw::Malformed);
    if (seconds < *begins - slack) return std::unexpected(Flaw::Expired);
    return {};
}

/// One, or a list. RFC 7519 §4.1.3.
bool is_for(const json::object& claims, std::string_view audience) {
    const json::value* value = claims.if_contains("aud");
    if (!value) return false;
    if (const auto* one = value->if_string()) return std::string_view(*one) == audience;
    const auto* several = value->if_array();
    return several && std::ranges::any_of(*several, [&](const json::value& one) {
               return one.is_string() && std::string_view(one.get_string()) == audience;
           });
}

/// "openid mail": RFC 8693 §4.2.
bool has_scope(std::string_view scopes, std::string_view wanted) {
    while (!scopes.empty()) {
        const auto word = scopes.substr(0, scopes.find(' '));
        if (word == wanted) return true;
        scopes.remove_prefix(std::min(word.size() + 1, scopes.size()));
    }
    return wanted.empty();
}

/// OpenID Connect Core 1.0 §5.1: an address that the issuer has not seen proved is anybody's.
bool is_unverified(const json::object& claims, std::string_view claim) {
    const json::value* verified = claim == "email" ? claims.if_contains("email_verified") : nullptr;
    if (!verified) return false;
    const bool is_true = (verified->is_bool() && verified->get_bool()) ||
                         (verified->is_string() && std::string_view(verified->get_string()) == "true");
    return !is_true;
}

std::expected<std::string, Flaw> name_in(const json::object& claims, const Demands& demands) {
    for (const auto& claim : demands.user_claims) {
        auto name = text_in(claims, claim);
        if (name.empty()) continue;
        if (name.size() > longest_name || name.contains('\0') || is_unverified(claims, claim)) break;
        return name;
    }
    return std::unexpected(Flaw::NamesNobody);
}

}  // namespace

std::string_view describe(Flaw flaw) {
    constexpr std::array<std::string_view, 7> words{"it is malformed",
                                                    "its key is unknown",
                                                    "its signature is not that of its issuer",
                                                    "it has expired, or is not valid yet",
                                                    "it is another issuer's, or for somebody else",
                                                    "it has not the scope that is asked for",
                                                    "it names nobody"};
    return words.at(std::to_underlying(flaw));
}

std::expected<std::string, Flaw> user_of(std::string_view token, const std::vector<Key>& keys, const Demands& demands,
                                         std::chrono::sys_seconds now) {
    const auto parts = split(token);
    if (!parts) return std::unexpected(Flaw::Malformed);
    TRY(check_signature(*parts, keys));
    TRY(check_times(parts->claims, now, demands.leeway));
    if (text_in(parts->claims, "iss") != demands.issuer || !is_for(parts->claims, demands.audience))
        return std::unexpected(Flaw::ForOthers);
    if (!has_scope(text_in(parts->claims, "scope"), demands.scope)) return std::unexpected(Flaw::MissingScope);
    return name_in(parts->claims, demands);
}

}  // namespace jose
