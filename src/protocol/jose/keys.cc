#include "jose/keys.h"

#include <boost/json.hpp>
#include <optional>

#include "jose/object.h"
#include "text/base64.h"

namespace jose {
namespace {

namespace json = boost::json;

std::string number_in(const json::object& object, std::string_view member) {
    return text::parse_base64url(text_in(object, member)).value_or("");
}

/// RFC 7517 §4.2, §4.3: what is there must be so.
bool is_for_signatures(const json::object& object) {
    const auto use = text_in(object, "use");
    return use.empty() || use == "sig";
}

/// RFC 7517 §4.4: a key that names its algorithm is for that one.
bool fits(const json::object& object, std::string_view algorithm) {
    const auto named = text_in(object, "alg");
    return named.empty() || named == algorithm;
}

std::optional<crypto::VerifyingKey> key_of(const json::object& object) {
    const auto kind = text_in(object, "kty");
    const auto curve = text_in(object, "crv");
    if (kind == "RSA" && fits(object, "RS256"))
        return crypto::VerifyingKey::rsa(number_in(object, "n"), number_in(object, "e"));
    if (kind == "EC" && curve == "P-256" && fits(object, "ES256"))
        return crypto::VerifyingKey::p256(number_in(object, "x"), number_in(object, "y"));
    if (kind == "OKP" && curve == "Ed25519" && (fits(object, "EdDSA") || fits(object, "Ed25519")))
        return crypto::VerifyingKey::ed25519(number_in(object, "x"));
    return std::nullopt;
}

/// A private exponent, or a key that both sides have.
bool is_secret(const json::object& object) { return object.contains("d") || object.contains("k"); }

}  // namespace

std::expected<std::vector<Key>, std::string> parse_keys(std::string_view text) {
    if (text.size() > longest_keys) return std::unexpected("is too long for a set of keys");
    const auto object = parse_object(text);
    const json::value* members = object ? object->if_contains("keys") : nullptr;
    if (!members || !members->is_array()) return std::unexpected("is no JSON Web Key Set");
    std::vector<Key> keys;
    for (const auto& member : members->get_array()) {
        if (!member.is_object()) return std::unexpected("is no JSON Web Key Set");
        if (is_secret(member.get_object()))
            return std::unexpected("holds a secret key: the public ones are enough, and nobody else's to have");
        if (keys.size() == most_keys || !is_for_signatures(member.get_object())) continue;
        if (auto key = key_of(member.get_object()))
            keys.push_back({.id = text_in(member.get_object(), "kid"), .key = std::move(*key)});
    }
    if (keys.empty()) return std::unexpected("holds no key for RS256, ES256 or EdDSA");
    return keys;
}

}  // namespace jose
