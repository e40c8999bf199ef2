#pragma once
// [login.tokens]: whose tokens are believed, and by what (OAuth 2.0 and OpenID Connect; RFC 7628, RFC 7519, RFC 7662).

#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "config/setting.h"
#include "config/value.h"
#include "site/checks.h"

namespace site {

enum class Introspect : std::uint8_t {
    Opaque,  // tokens that are no JWT; all, where there are no keys
    All,     // those whose signature is good, too: one that was taken back is not believed
};

constexpr auto choices(Introspect) {
    return std::array<config::Choice<Introspect>, 2>{{{"opaque", Introspect::Opaque}, {"all", Introspect::All}}};
}

struct LoginTokens {
    std::string keys;
    std::string keys_url;
    std::string introspection;
    Introspect introspect = Introspect::Opaque;
    std::string client_id;
    std::string secret_file;
    std::chrono::seconds introspection_cache{60};
    std::string ca_file = "/etc/ssl/certs/ca-certificates.crt";
    std::string issuer;
    std::string audience;
    std::string scope;
    std::vector<std::string> user_claims{"email"};
    std::chrono::seconds leeway{60};
    std::string keys_text;  // what the file says
};

constexpr std::size_t longest_token_secret = 1000;

inline auto settings(const LoginTokens*) {
    using config::at_start, config::setting;
    using namespace std::chrono_literals;
    return std::tuple{
        setting(
            "keys", &LoginTokens::keys,
            "A file with the public keys of who issues tokens, a JSON Web Key Set (RFC 7517), as the issuer publishes "
            "it (jwks_uri). A token is then a JWT signed by RS256, ES256 or EdDSA. Fetch it anew and `hermod reload` "
            "when the issuer changes its keys; or let `keys_url` do so: then the file counts until something was "
            "fetched.",
            absolute_path_or_empty_flaw),
        at_start(
            setting("keys_url", &LoginTokens::keys_url,
                    "Where the issuer publishes its keys: the jwks_uri, an address of HTTPS. tokend(8) fetches them "
                    "at the start, every hour, and when a token names one that is unknown; while the issuer is down "
                    "those fetched last stay in use.",
                    https_or_empty_flaw)),
        at_start(
            setting("introspection", &LoginTokens::introspection,
                    "Where the issuer says whether a token is good (RFC 7662), an address of HTTPS; tokend(8) asks. "
                    "While it does not answer, clients hear 454 4.7.0.",
                    https_or_empty_flaw)),
        setting(
            "introspect", &LoginTokens::introspect,
            "Which tokens it is asked about: those that are no JWT (\"opaque\"), and every token where there are no "
            "keys; or JWTs whose signature is good, too (\"all\")."),
        setting("client_id", &LoginTokens::client_id, "Who we are there (HTTP Basic, RFC 6749 §2.3.1)."),
        setting("secret_file", &LoginTokens::secret_file,
                "A file with our secret there, one line, readable by its owner alone.", absolute_path_or_empty_flaw),
        setting("introspection_cache", &LoginTokens::introspection_cache,
                "How long an answer about a token is believed, though never beyond its end: so long a token that was "
                "taken back still lets in. 0s: each login asks.",
                {0s, 600s}),
        at_start(setting("ca_file", &LoginTokens::ca_file,
                         "Certificates in PEM form: whom we trust to say that the issuer is who it is.",
                         absolute_path_flaw)),
        setting("issuer", &LoginTokens::issuer,
                "What \"iss\" of a token must be, to the letter: \"https://id.example.org/\". An answer of "
                "`introspection` may be without; empty, for these alone: any."),
        setting("audience", &LoginTokens::audience,
                "What must be in \"aud\": the name that the issuer knows this server by. A token for another is none "
                "here. Empty, for `introspection` alone: the scope says so."),
        setting("scope", &LoginTokens::scope, "A word that must be in \"scope\" (RFC 8693). Empty: any scope does."),
        setting("user_claims", &LoginTokens::user_claims,
                "Which claim names the account: the first of these that a token has, or what is said of it; "
                "\"username\" is "
                "RFC 7662's. An \"email\" counts only where the "
                "issuer does not say that it is unverified; a \"preferred_username\" is what people like to call "
                "themselves "
                "with many issuers (OpenID Connect Core §5.7). A name without a domain is of the host's own."),
        setting("leeway", &LoginTokens::leeway, "So much the issuer's clock may differ from ours.", {0s, 600s}),
        config::internal("keys_text", &LoginTokens::keys_text),
    };
}

inline bool has_keys(const LoginTokens& tokens) { return !tokens.keys.empty() || !tokens.keys_url.empty(); }
inline bool takes_tokens(const LoginTokens& tokens) { return has_keys(tokens) || !tokens.introspection.empty(); }
/// Whether anything is asked of the issuer while the server runs.
inline bool asks_issuer(const LoginTokens& tokens) { return !tokens.keys_url.empty() || !tokens.introspection.empty(); }

/// A reload leaves these as they were when the server was started.
inline void keep_what_is_for_start(LoginTokens& next, const LoginTokens& now) {
    next.keys_url = now.keys_url;
    next.introspection = now.introspection;
    next.ca_file = now.ca_file;
}

std::string flaw(const LoginTokens& tokens);

inline constexpr std::string_view login_tokens_meaning =
    "Whose tokens are believed (OAUTHBEARER and XOAUTH2, RFC 7628), by keys, by asking their issuer, or both.";

}  // namespace site
