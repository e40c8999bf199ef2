#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/load.h"
#include "site/checks.h"
#include "site/dns.h"
#include "site/limits.h"
#include "site/mailbox_list.h"
#include "site/relay.h"

namespace {

using testing::ElementsAre;
using testing::Pair;
using testing::UnorderedElementsAre;

// RFC 9422 §4: what is offered as a limit has at most six digits.
TEST(SiteLimits, CanBeOffered) {
    const auto is_good = [](const std::string& text) {
        return config::read<site::Limits>(*config::parse_text(text, "test")).has_value();
    };
    EXPECT_TRUE(is_good("messages_per_connection = 999999\nrecipients = 10000\n"));
    EXPECT_FALSE(is_good("messages_per_connection = 1000000\n"));
    EXPECT_FALSE(is_good("recipients = 10001\n"));
}

TEST(SiteMailboxList, ReadsAddressesAndQuotas) {
    const auto list = site::parse_mailbox_list(
        "# sales\n"
        "Ann@Virtual.test\r\n"
        "\n"
        "  bob#1@virtual.test\t500MB  # a comment\n"
        "carl@b\xc3\xbc"
        "cher.test 100",
        "list");
    ASSERT_TRUE(list) << to_text(list.error()[0]);
    EXPECT_THAT(*list, UnorderedElementsAre(Pair("ann@virtual.test", 0u), Pair("bob#1@virtual.test", 500u << 20),
                                            Pair("carl@xn--bcher-kva.test", 100u)));
}

TEST(SiteMailboxList, SaysWhatIsWrongAndWhere) {
    const auto list = site::parse_mailbox_list(
        "ann@v.test\nANN@v.test\nbob\nx/y@v.test\n\".x\"@v.test\na@[192.0.2.1]\nd@v.test lots\n", "list");
    ASSERT_FALSE(list);
    std::vector<std::uint32_t> lines;
    for (const auto& problem : list.error()) lines.push_back(problem.line);
    EXPECT_THAT(lines, ElementsAre(2, 3, 4, 5, 6, 7));
    EXPECT_EQ(to_text(list.error()[0]), "list:2:1: ANN@v.test: is listed twice");
}

// A mailbox is a directory; these names would be another's, hidden, or none.
TEST(SiteMailboxList, KeepsNamesOutThatLeadElsewhere) {
    for (const std::string_view name : {"", ".", "..", ".hidden", "a/b", "/etc", "a\nb", "a b", "\xff"})
        EXPECT_FALSE(site::is_directory_name(name)) << name;
    EXPECT_FALSE(site::is_directory_name(std::string_view("a\0b", 3)));
    EXPECT_FALSE(site::is_directory_name(std::string(65, 'a')));
    for (const std::string_view name : {"ann", "a.b", "x+y", "b\xc3\xbc", "a!b%c"})
        EXPECT_TRUE(site::is_directory_name(name)) << name;
}

TEST(SiteChecks, RefuseWhatCannotWork) {
    EXPECT_EQ(site::host_name_flaw("mail.example.org"), "");
    EXPECT_EQ(site::host_name_flaw(""), "");
    for (const auto* wrong : {"mail", "b\xc3\xbc.example", "mail..org", "-a.org", "mail.example.org."})
        EXPECT_NE(site::host_name_flaw(wrong), "") << wrong;
    EXPECT_EQ(site::relative_path_flaw("mail/inbox"), "");
    for (const auto* wrong : {"", "/x", "..", "a/../b", "../x"})
        EXPECT_NE(site::relative_path_flaw(wrong), "") << wrong;
    EXPECT_EQ(site::domain_pattern_flaw("*"), "");
    EXPECT_EQ(site::domain_pattern_flaw(".example.net"), "");
    EXPECT_NE(site::domain_pattern_flaw("*.example.net"), "");
    EXPECT_EQ(site::recipient_or_empty_flaw("ann"), "");
    EXPECT_EQ(site::recipient_or_empty_flaw("ann@example.org"), "");
    EXPECT_NE(site::recipient_or_empty_flaw("ann@"), "");
}

TEST(SiteRelay, LetsItsNetworksRelayAlsoWhenMapped) {
    const site::Relay relay;
    EXPECT_TRUE(site::may_relay(relay, *ip::parse_address("127.0.0.5")));
    EXPECT_TRUE(site::may_relay(relay, *ip::parse_address("::ffff:127.0.0.1")));
    EXPECT_TRUE(site::may_relay(relay, *ip::parse_address("::1")));
    EXPECT_FALSE(site::may_relay(relay, *ip::parse_address("192.0.2.1")));
    EXPECT_NE(site::relay_networks_flaw({*ip::parse_network("0.0.0.0/0")}), "");
}

TEST(SiteDns, ReadsResolvers) {
    using Text = config::Text<site::Resolver>;
    for (const std::string_view text : {"", "127.0.0.1", "127.0.0.1:5353", "::1", "[::1]:5353"})
        EXPECT_EQ(Text::write(Text::parse(text).value()), text);
    EXPECT_EQ(Text::parse("127.0.0.1")->server->port, 53);
    EXPECT_FALSE(Text::parse("localhost"));
}

}  // namespace
