#include "qmgr/route.h"

#include <gtest/gtest.h>

namespace qmgr {
namespace {

// First match wins; RFC 5321 §5.1 without a route, §4.1.3 for literals.
TEST(Route, FindsTheDestination) {
    const std::vector<Route> routes{
        {"example.net", "gate.example.net:2525"},
        {".example.com", "10.0.0.1"},
        {"v6.example", "[2001:db8::1]:26"},
        {"v6-default.example", "[2001:db8::1]"},
        {"direct.example", "mx"},
        {"black.hole.example", "discard"},
        {".example.org", "lmtp:store"},
        {"socket.example", "lmtp:/run/dovecot/lmtp"},
        {"gone.example", "error:5.1.2 this company is no more"},
        {"inside.example", "smtps:mx.inside.example"},
        {"proved.example", "mx", site::RelayTls::Verified},
        {"clear.example", "host.example", site::RelayTls::Off},
        {"local.example", "lmtp:/run/lmtp", site::RelayTls::Verified},
        {.domain = "smart.example", .next_hop = "mx.isp.example:587", .username = "ann", .password_file = "/p"},
        {.domain = "bob.example",
         .next_hop = "mx.isp.example:587",
         .tls = site::RelayTls::Required,
         .username = "bob@isp.example",
         .password_file = "/q"},
        {.domain = "lab.example",
         .next_hop = "127.0.0.1:2525",
         .username = "ann",
         .password_file = "/p",
         .login_in_clear = true},
    };
    struct Case {
        std::string_view address;
        std::string_view want;
    };
    const Case cases[] = {
        {"a@example.net", "smtp:gate.example.net:2525"},
        {"a@EXAMPLE.net", "smtp:gate.example.net:2525"},
        {"a@sub.example.net", "mx:sub.example.net"},
        {"a@example.com", "smtp:10.0.0.1:25"},
        {"a@deep.sub.example.com", "smtp:10.0.0.1:25"},
        {"a@notexample.com", "mx:notexample.com"},
        {"a@v6.example", "smtp:[2001:db8::1]:26"},
        {"a@v6-default.example", "smtp:[2001:db8::1]:25"},
        {"a@direct.example", "mx:direct.example"},
        {"a@black.hole.example", "discard"},
        {"a@example.org", "lmtp:store:24"},
        {"a@socket.example", "lmtp:/run/dovecot/lmtp"},
        {"a@gone.example", "error:5.1.2 this company is no more"},
        {"a@inside.example", "smtps:mx.inside.example:465"},
        {"a@proved.example", "mx:proved.example/verified"},
        {"a@clear.example", "smtp:host.example:25/off"},
        {"a@local.example", "lmtp:/run/lmtp"},
        {"a@smart.example", "smtp:mx.isp.example:587/verified as ann"},
        {"a@bob.example", "smtp:mx.isp.example:587/required as bob@isp.example"},
        {"a@lab.example", "smtp:127.0.0.1:2525 as ann"},
        {"\"x@y\"@other.example", "mx:other.example"},
        {"a@[192.0.2.1]", "mx:[192.0.2.1]"},
        {"a@[IPv6:2001:db8::7]", "mx:[ipv6:2001:db8::7]"},
        {"postmaster", "error:5.1.3 the address has no domain"},
    };
    for (const auto& [address, want] : cases) {
        SCOPED_TRACE(address);
        EXPECT_EQ(destination_of({.smtp = {.address = std::string(address)}}, routes), want);
    }
    EXPECT_EQ(destination_of({.smtp = {.address = "a@example.net"}, .transport = spool::Transport::Local}, routes),
              "local:a@example.net");
}

TEST(Route, OfWhatIsDoneAlreadyLeadsNowhere) {
    const std::vector<Route> routes = {{.domain = "example.org", .next_hop = "10.0.0.1"}};
    EXPECT_EQ(destination_of({.smtp = {.address = "a@example.org"}, .transport = spool::Transport::Discard}, routes),
              "discard");
}

TEST(Route, StarMatchesEverything) {
    EXPECT_EQ(destination_of({.smtp = {.address = "a@b.example"}}, {{"*", "127.0.0.1:10026"}}), "smtp:127.0.0.1:10026");
}

TEST(Route, SaysWhatIsWrongWithANextHop) {
    for (const char* good : {"mx", "discard", "host", "host:1", "10.0.0.1:65535", "[::1]", "[::1]:25", "lmtp:h",
                             "lmtp:h:24", "lmtp:/run/x", "smtps:h", "smtps:h:465", "error:5.1.2 text"})
        EXPECT_FALSE(flaw_of_next_hop(good)) << good;
    for (const char* bad : {"", ":25", "host:", "host:0", "host:65536", "host:x", "[::1", "::1",
                            "error:", "error:4.1.2 x", "a b", "lmtp:", "smtps:", "user@host"})
        EXPECT_TRUE(flaw_of_next_hop(bad)) << bad;
}

}  // namespace
}  // namespace qmgr
