#pragma once
// [login.tokens]: whose tokens are believed (OAuth 2.0 and OpenID Connect; RFC 7628, RFC 7519).

#include <algorithm>
#include <chrono>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "config/setting.h"
#include "site/checks.h"

namespace site {

struct LoginTokens {
    std::string keys;
    std::string issuer;
    std::string audience;
    std::string scope;
    std::vector<std::string> user_claims{"email"};
    std::chrono::seconds leeway{60};
    std::string keys_text;  // what the file says
};

inline auto settings(const LoginTokens*) {
    using config::setting;
    using namespace std::chrono_literals;
    return std::tuple{
        setting(
            "keys", &LoginTokens::keys,
            "A file with the public keys of who issues tokens, a JSON Web Key Set (RFC 7517), as the issuer publishes "
            "it (jwks_uri). With it OAUTHBEARER and XOAUTH2 are offered: a token is a JWT signed by RS256, ES256 or "
            "EdDSA. Fetch it anew and `hermod reload` when the issuer changes its keys; no process of the server does.",
            absolute_path_or_empty_flaw),
        setting("issuer", &LoginTokens::issuer,
                "What \"iss\" of a token must be, to the letter: \"https://id.example.org/\"."),
        setting("audience", &LoginTokens::audience,
                "What must be in \"aud\": the name that the issuer knows this server by. A token for another is none "
                "here."),
        setting("scope", &LoginTokens::scope, "A word that must be in \"scope\" (RFC 8693). Empty: any scope does."),
        setting(
            "user_claims", &LoginTokens::user_claims,
            "Which claim names the account: the first of these that a token has. An \"email\" counts only where the "
            "issuer does not say that it is unverified; a \"preferred_username\" is what people like to call "
            "themselves "
            "with many issuers (OpenID Connect Core §5.7). A name without a domain is of the host's own."),
        setting("leeway", &LoginTokens::leeway, "So much the issuer's clock may differ from ours.", {0s, 600s}),
        config::internal("keys_text", &LoginTokens::keys_text),
    };
}

inline std::string flaw(const LoginTokens& tokens) {
    if (tokens.keys.empty()) return {};
    if (tokens.issuer.empty() || tokens.audience.empty())
        return "has keys, but no issuer and audience: whoever else has tokens of these keys would be let in";
    return tokens.user_claims.empty() ? "has no user_claims" : "";
}

inline constexpr std::string_view login_tokens_meaning =
    "Whose tokens are believed (OAUTHBEARER and XOAUTH2, RFC 7628).";

}  // namespace site
