#include "jose/token.h"

#include <algorithm>
#include <boost/json.hpp>
#include <optional>

#include "jose/claims.h"
#include "jose/object.h"
#include "lang/try.h"
#include "text/base64.h"

namespace jose {
namespace {

namespace json = boost::json;
using Kind = crypto::VerifyingKey::Kind;

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

}  // namespace

std::expected<std::string, Flaw> user_of(std::string_view token, const std::vector<Key>& keys, const Demands& demands,
                                         std::chrono::sys_seconds now) {
    const auto parts = split(token);
    if (!parts) return std::unexpected(Flaw::Malformed);
    TRY(check_signature(*parts, keys));
    if (!parts->claims.contains("exp")) return std::unexpected(Flaw::Malformed);  // it would be one for ever
    TRY(check_times(parts->claims, now, demands.leeway));
    if (text_in(parts->claims, "iss") != demands.issuer || !is_for(parts->claims, demands.audience))
        return std::unexpected(Flaw::ForOthers);
    if (!has_scope(parts->claims, demands.scope)) return std::unexpected(Flaw::MissingScope);
    return name_in(parts->claims, demands);
}

bool is_signed(std::string_view token) { return split(token).has_value(); }

bool names_unknown_key(std::string_view token, const std::vector<Key>& keys) {
    const auto parts = split(token);
    if (!parts || !kind_for(text_in(parts->header, "alg"))) return false;
    const auto id = text_in(parts->header, "kid");
    return !id.empty() && std::ranges::find(keys, id, &Key::id) == keys.end();
}

}  // namespace jose
