#include "relay/tls_policy.h"

#include <gtest/gtest.h>

namespace relay {
namespace {

using site::RelayTls;

Place place() { return {.host = "mx.example.net", .where = *ip::parse_endpoint("192.0.2.1:25")}; }

// RFC 7435: in the clear only where nobody demands more.
TEST(TlsPolicy, IsThatOfTheRouteElseOfTheSettings) {
    struct Case {
        RelayTls settings;
        std::optional<RelayTls> route;
        RelayTls want;
        smtp::UseTls starttls;
        bool may_go_plain;
    };
    using enum RelayTls;
    const Case cases[] = {
        {Opportunistic, std::nullopt, Opportunistic, smtp::UseTls::WhenOffered, true},
        {Opportunistic, Verified, Verified, smtp::UseTls::Always, false},
        {Verified, Off, Off, smtp::UseTls::Never, true},
        {Required, std::nullopt, Required, smtp::UseTls::Always, false},
    };
    for (const auto& [standard, route, want, starttls, may_go_plain] : cases) {
        site::Relay settings;
        settings.tls = standard;
        const auto policy = tls_policy_for(ByMx{"example.org", route}, place(), settings);
        EXPECT_EQ(policy.use, want);
        EXPECT_EQ(policy.starttls(), starttls);
        EXPECT_EQ(policy.may_go_plain(), may_go_plain);
        if (want != Off) EXPECT_EQ(policy.name, "mx.example.net");
    }
}

// RFC 8314 §3.3: whoever speaks TLS from the first octet on has no other way.
TEST(TlsPolicy, FromTheFirstOctetOn) {
    const auto policy =
        tls_policy_for(ByHost{.host = "mx.example.net", .port = 465, .is_implicit_tls = true}, place(), {});
    EXPECT_TRUE(policy.is_implicit);
    EXPECT_EQ(policy.starttls(), smtp::UseTls::Never);
    EXPECT_FALSE(policy.may_go_plain());
}

TEST(TlsPolicy, SessionsOfDifferentDemandsDoNotMix) {
    const auto some = tls_policy_for(ByMx{"example.org", RelayTls::Opportunistic}, place(), {});
    const auto more = tls_policy_for(ByMx{"example.org", RelayTls::Verified}, place(), {});
    EXPECT_NE(some.session_key, more.session_key);
}

TEST(TlsPolicy, NobodyIsBetweenUsAndALocalSocket) {
    EXPECT_EQ(tls_policy_for(BySocket{"/run/lmtp"}, {.host = "", .where = "/run/lmtp"}, {}).use, RelayTls::Off);
}

}  // namespace
}  // namespace relay
