#include "deliver/list_program.h"

#include <gtest/gtest.h>

namespace deliver {
namespace {

// The words of a shell cannot come out of a setting.
TEST(ListProgram, IsThisBinaryWithItsPlacesAsWords) {
    site::Host host;
    host.hostname = "mx.example.org";
    host.data_directory = "/var/lib/a b";
    host.drop_directory = "/drop; rm -rf it's";
    site::Dns dns;
    dns.resolver = *config::Text<site::Resolver>::parse("127.0.0.1:5353");
    const auto command = list_command(host, dns);
    EXPECT_NE(command.find("deliver_test list deliver --folder '/var/lib/a b/lists' --drop '/drop; rm -rf it'\\''s' "
                           "--hostname mx.example.org --dns-timeout 30 --resolver 127.0.0.1:5353"),
              std::string::npos)
        << command;
    dns.trust_anchors = "/etc/hermod/keys of mine";
    EXPECT_TRUE(
        list_command(host, dns).ends_with("--resolver 127.0.0.1:5353 --trust-anchors '/etc/hermod/keys of mine'"));
    dns.resolver = {};
    dns.trust_anchors = "/keys";
    EXPECT_TRUE(list_command(host, dns).ends_with("--dns-timeout 30 --trust-anchors /keys"));
    dns.table = "/a b";
    EXPECT_TRUE(list_command(host, dns).ends_with("--dns-timeout 30 --dns-table '/a b'"));
    host.data_directory = "/nowhere";
    EXPECT_EQ(lists_uid(host), std::nullopt);
}

}  // namespace
}  // namespace deliver
