#include "ip/address.h"

#include <gtest/gtest.h>

namespace {

std::string again(std::string_view text) {
    const auto address = ip::parse_address(text);
    return address ? ip::to_text(*address) : "(none)";
}

}  // namespace

// RFC 4291 §2.2 in, RFC 5952 §4 out
TEST(IpAddress, ReadsAllFormsAndPrintsOne) {
    const std::pair<std::string_view, std::string_view> cases[] = {
        {"192.0.2.1", "192.0.2.1"},
        {"0.0.0.0", "0.0.0.0"},
        {"255.255.255.255", "255.255.255.255"},
        {"::", "::"},
        {"::1", "::1"},
        {"1::", "1::"},
        {"2001:DB8:0:0:8:800:200C:417A", "2001:db8::8:800:200c:417a"},
        {"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},     // the first of equal runs
        {"2001:0:0:1:0:0:0:1", "2001:0:0:1::1"},           // the longest run
        {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},  // a single zero group is not shortened
        {"2001:db8::1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},
        {"::13.1.68.3", "::d01:4403"},
        {"::FFFF:129.144.52.38", "::ffff:129.144.52.38"},
        {"0:0:0:0:0:0:0:0", "::"},
        {"1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"},
        {"::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"},
        {"64:ff9b::192.0.2.33", "64:ff9b::c000:221"},
        {"fe80::", "fe80::"},
    };
    for (const auto& [input, want] : cases) EXPECT_EQ(again(input), want) << input;
}

TEST(IpAddress, RefusesWhatOthersGuessAt) {
    for (const auto text : {"",
                            "1.2.3",
                            "1.2.3.4.5",
                            "1.2.3.256",
                            "01.2.3.4",
                            "1.2.3.4 ",
                            " 1.2.3.4",
                            "1.2.3.-4",
                            "0x1.2.3.4",
                            ":",
                            ":::",
                            "1:::2",
                            "1::2::3",
                            "1:2:3:4:5:6:7",
                            "1:2:3:4:5:6:7:8:9",
                            "1:2:3:4:5:6:7:8::",
                            "12345::",
                            "g::",
                            "::1%eth0",
                            "[::1]",
                            "1:",
                            ":1",
                            "::1.2.3",
                            "1.2.3.4::",
                            "1:2:3:4:5:6:7:1.2.3.4",
                            "::1:2:3:4:5:6:7:8",
                            "1::2:"})
        EXPECT_EQ(again(text), "(none)") << text;
}

TEST(IpAddress, KnowsSpecialAddresses) {
    const auto at = [](std::string_view text) { return *ip::parse_address(text); };
    EXPECT_TRUE(at("127.1.2.3").is_loopback());
    EXPECT_TRUE(at("::1").is_loopback());
    EXPECT_FALSE(at("::2").is_loopback());
    EXPECT_TRUE(at("0.0.0.0").is_unspecified());
    EXPECT_TRUE(at("::").is_unspecified());
    EXPECT_TRUE(at("172.31.0.1").is_private());
    EXPECT_FALSE(at("172.32.0.1").is_private());
    EXPECT_TRUE(at("fd00::1").is_private());
    EXPECT_TRUE(at("fe80::1").is_link_local());
    EXPECT_TRUE(at("169.254.1.1").is_link_local());
    EXPECT_TRUE(at("ff02::1").is_multicast());
    EXPECT_TRUE(at("224.0.0.1").is_multicast());
    EXPECT_EQ(at("::ffff:127.0.0.1").unmapped(), at("127.0.0.1"));
    EXPECT_NE(at("::ffff:127.0.0.1"), at("127.0.0.1"));
    EXPECT_EQ(at("::1").unmapped(), at("::1"));
}

// RFC 4632 §3.1
TEST(IpNetwork, ContainsByItsLeadingBits) {
    struct Case {
        std::string_view network;
        std::string_view address;
        bool want;
    };
    const Case cases[] = {
        {"192.0.2.0/24", "192.0.2.255", true},
        {"192.0.2.0/24", "192.0.3.0", false},
        {"192.0.2.77/24", "192.0.2.1", true},
        {"0.0.0.0/0", "255.1.2.3", true},
        {"10.0.0.0/9", "10.127.255.255", true},
        {"10.0.0.0/9", "10.128.0.0", false},
        {"192.0.2.1", "192.0.2.1", true},
        {"192.0.2.1", "192.0.2.2", false},
        {"2001:db8::/33", "2001:db8:7fff::", true},
        {"2001:db8::/33", "2001:db8:8000::", false},
        {"::/0", "::1", true},
        {"::/0", "1.2.3.4", false},
        {"::1/128", "::1", true},
        {"0.0.0.0/0", "::1", false},
    };
    for (const auto& [network, address, want] : cases)
        EXPECT_EQ(ip::parse_network(network)->contains(*ip::parse_address(address)), want) << network << ' ' << address;
    EXPECT_EQ(ip::to_text(*ip::parse_network("192.0.2.77/24")), "192.0.2.0/24");
    for (const auto text : {"1.2.3.4/33", "::/129", "1.2.3.4/", "1.2.3.4/-1", "1.2.3.4/08", "/8", "1.2.3/8"})
        EXPECT_FALSE(ip::parse_network(text)) << text;
}

TEST(IpEndpoint, IsAddressAndPort) {
    EXPECT_EQ(ip::to_text(*ip::parse_endpoint("192.0.2.1:25")), "192.0.2.1:25");
    EXPECT_EQ(ip::to_text(*ip::parse_endpoint("[2001:DB8::1]:65535")), "[2001:db8::1]:65535");
    for (const auto text :
         {"192.0.2.1", "192.0.2.1:", "192.0.2.1:65536", "::1:25", "[192.0.2.1]:25", "[::1]", ":25", "[::1:25", ""})
        EXPECT_FALSE(ip::parse_endpoint(text)) << text;
}

// RFC 5321 §4.1.3
TEST(IpAddress, ReadsAddressLiterals) {
    EXPECT_EQ(ip::address_literal(*ip::parse_address_literal("192.0.2.1")), "[192.0.2.1]");
    EXPECT_EQ(ip::address_literal(*ip::parse_address_literal("ipv6:2001:DB8::1")), "[IPv6:2001:db8::1]");
    for (const auto text : {"2001:db8::1", "IPv6:192.0.2.1", "IPv6:", "IPv6:::g", "x-other:1", ""})
        EXPECT_FALSE(ip::parse_address_literal(text)) << text;
}
