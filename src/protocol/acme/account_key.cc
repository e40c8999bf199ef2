#include "acme/account_key.h"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "crypto/digest.h"
#include "text/base64.h"

namespace acme {
namespace {

namespace json = boost::json;

std::string digest_of(std::string_view text) {
    return text::to_base64url(crypto::digest(crypto::Digest::Sha256, text));
}

std::string jwk_of(const crypto::SigningKey& key) {
    const auto [first, second] = key.public_numbers();
    if (key.kind() == crypto::SigningKey::Kind::P256)
        return fmt::format(R"({{"crv":"P-256","kty":"EC","x":"{}","y":"{}"}})", text::to_base64url(first),
                           text::to_base64url(second));
    return fmt::format(R"({{"e":"{}","kty":"RSA","n":"{}"}})", text::to_base64url(first), text::to_base64url(second));
}

}  // namespace

AccountKey account_key(const crypto::SigningKey& key) {
    return {.algorithm = key.kind() == crypto::SigningKey::Kind::P256 ? "ES256" : "RS256",
            .jwk = jwk_of(key),
            .sign = [key](std::string_view octets) { return key.sign(octets); }};
}

std::string thumbprint(const AccountKey& key) { return digest_of(key.jwk); }

std::string key_authorization(const AccountKey& key, std::string_view token) {
    return fmt::format("{}.{}", token, thumbprint(key));
}

std::string txt_value(std::string_view key_authorization) { return digest_of(key_authorization); }

std::string signed_request(const AccountKey& key, std::string_view account, std::string_view nonce,
                           std::string_view address, std::string_view payload) {
    json::object header{{"alg", key.algorithm}, {"nonce", nonce}, {"url", address}};
    if (account.empty())
        header["jwk"] = json::parse(key.jwk);
    else
        header["kid"] = account;
    const std::string protected_header = text::to_base64url(json::serialize(header));
    const std::string content = text::to_base64url(payload);
    const std::string signature = key.sign(protected_header + '.' + content);
    return json::serialize(json::object{
        {"protected", protected_header}, {"payload", content}, {"signature", text::to_base64url(signature)}});
}

}  // namespace acme
