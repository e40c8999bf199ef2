#include "site/login_tokens.h"

namespace site {

std::string flaw(const LoginTokens& tokens) {
    if (tokens.introspection.empty() && tokens.introspect == Introspect::All)
        return "has introspect = \"all\", but no introspection: there is nobody to ask";
    if (!takes_tokens(tokens)) return {};
    if (has_keys(tokens) && (tokens.issuer.empty() || tokens.audience.empty()))
        return "has keys, but no issuer and audience: whoever else has tokens of these keys would be let in";
    if (!tokens.introspection.empty() && (tokens.client_id.empty() || tokens.secret_file.empty()))
        return "has introspection, but no client_id and secret_file: no issuer answers just anybody";
    if (!tokens.introspection.empty() && tokens.audience.empty() && tokens.scope.empty())
        return "has introspection, but neither audience nor scope: any token of that issuer would let in";
    return tokens.user_claims.empty() ? "has no user_claims" : "";
}

}  // namespace site
