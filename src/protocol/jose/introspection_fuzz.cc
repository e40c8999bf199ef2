#include "jose/introspection.h"

#include "fuzz.h"
#include "lang/verify.h"

// Nobody is let in whom the issuer does not call active, for us, and now.
FUZZ(input) {
    const jose::Demands demands{.issuer = "i", .audience = "a", .scope = "s"};
    const auto said = jose::Introspection::parse(input);
    if (!said) return;
    const auto user = said->user(demands, std::chrono::sys_seconds(std::chrono::seconds(1'800'000'000)));
    if (user) VERIFY(said->is_active() && !user->empty());
    if (user && said->expires()) VERIFY(said->expires()->time_since_epoch().count() > 1'799'999'939);
    static_cast<void>(jose::introspection_request(input));
}
