#include "jose/token.h"

#include "fuzz.h"
#include "text/base64.h"

// Whoever has not the issuer's key has no token, whatever he writes; and whatever is read as keys, nothing falls over.
// The issuer's key is that of RFC 8037 App. A.2, and none of its signatures are at hand but that of App. A.4, which is
// of no JSON.
FUZZ(input) {
    const auto keys = jose::parse_keys(
        R"({"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]})");
    VERIFY(keys);
    const jose::Demands demands{.issuer = "i", .audience = "a", .scope = ""};
    VERIFY(!jose::user_of(input, *keys, demands, {}));
    const auto dressed = text::to_base64url(R"({"alg":"EdDSA"})") + "." + text::to_base64url(input) + "." +
                         text::to_base64url(std::string(64, 'x'));
    VERIFY(!jose::user_of(dressed, *keys, demands, {}));
    if (const auto others = jose::parse_keys(input)) {
        VERIFY(!others->empty() && others->size() <= jose::most_keys);
        static_cast<void>(jose::user_of(dressed, *others, demands, {}));
    }
}
