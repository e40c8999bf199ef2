#include "site/route.h"

#include <gtest/gtest.h>

namespace site {
namespace {

TEST(Route, LogsInNowhereCarelessly) {
    const Route good{.domain = "*", .next_hop = "mx.isp.example:587", .username = "ann", .password_file = "/p"};
    EXPECT_EQ(flaw(good), "");
    EXPECT_EQ(flaw(Route{.domain = "*", .next_hop = "mx"}), "");
    const auto with = [&](auto change) {
        Route route = good;
        change(route);
        return flaw(route);
    };
    EXPECT_EQ(with([](Route& r) { r.tls = RelayTls::Required; }), "");
    EXPECT_NE(with([](Route& r) { r.tls = RelayTls::Opportunistic; }), "");
    EXPECT_EQ(with([](Route& r) { r.tls = RelayTls::Opportunistic, r.login_in_clear = true; }), "");
    EXPECT_EQ(with([](Route& r) { r.tls = RelayTls::Opportunistic, r.next_hop = "smtps:h"; }), "");
    EXPECT_NE(with([](Route& r) { r.password_file.clear(); }), "");
    EXPECT_NE(with([](Route& r) { r.username.clear(); }), "");
    EXPECT_NE(with([](Route& r) { r.username.clear(), r.password_file.clear(), r.login_in_clear = true; }), "");
    for (const auto* elsewhere : {"mx", "discard", "lmtp:h:24", "lmtp:/run/lmtp", "error:5.1.2 gone"})
        EXPECT_NE(with([&](Route& r) { r.next_hop = elsewhere; }), "") << elsewhere;

    Route other = good;
    other.domain = "x.example";
    EXPECT_EQ(routes_flaw({good, other}), "");
    other.password_file = "/q";
    EXPECT_EQ(routes_flaw({good, other}), "has two passwords for ann at mx.isp.example:587");
    other.username = "bob";
    EXPECT_EQ(routes_flaw({good, other}), "");
}

TEST(Route, KnowsTheMechanismsOfLogins) {
    using enum sasl::Mechanism;
    EXPECT_EQ(login_mechanisms({}),
              (std::vector{ScramSha256Plus, ScramSha256, ScramSha1Plus, ScramSha1, Plain, Login}));
    EXPECT_EQ(login_mechanisms({.mechanisms = {"plain", "CRAM-MD5"}}), (std::vector{CramMd5, Plain}));
    EXPECT_EQ(mechanisms_flaw({"PLAIN", "scram-sha-256"}), "");
    EXPECT_NE(mechanisms_flaw({"GSSAPI"}), "");
    EXPECT_NE(mechanisms_flaw({"EXTERNAL"}), "");
}

}  // namespace
}  // namespace site
