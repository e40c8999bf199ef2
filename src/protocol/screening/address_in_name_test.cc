#include "screening/address_in_name.h"

#include <gtest/gtest.h>

namespace {

using namespace screening;

ip::Address address(std::string_view text) { return ip::parse_address(text).value(); }

TEST(AddressInName, IsFoundHoweverItIsSpelled) {
    const auto it = address("192.0.2.17");
    for (const char* name : {"192.0.2.17.example.net",  "dsl-192-0-2-17.example.net", "host192x0x2x17.example",
                             "192_0_2_17.pool.example", "17.2.0.192.example.net",     "p17-2-0-192.example",
                             "0-2-17-192.example",      "17-192-0-2.example",         "192-17-2-0.example",
                             "192000002017.example",    "h192000002017.example",      "017-002-000-192.example",
                             "192-000-002-017.example", "192-0-529.example",          "1920217x.example",
                             "ip3221226001.example",    "285343936.example",          "C0000211.example",
                             "dynC0-00-02-11.example",  "110200C0.example",           "DSL-192-0-2-17.EXAMPLE.NET"})
        EXPECT_TRUE(has_address(name, it)) << name;
}

TEST(AddressInName, IsNotFoundWhereItIsAnothersOrNone) {
    const auto it = address("192.0.2.17");
    for (const char* name :
         {"mx.example.net", "192-0-2-18.example", "192-0-2.example", "192--0--2--17.example", "1192-0-2-17.example",
          "192-0-2-170.example", "19202170.example", "mail192.example", "2-17.example", "", ".", "192-2-0-17.example",
          "1c0000211.example", "c000021.example", "192000002018.example", "0.0.0.0", "13221226001.example"})
        EXPECT_FALSE(has_address(name, it)) << name;
    EXPECT_FALSE(has_address("1234.example", address("1.2.3.4"))) << "too few digits to mean it";
    EXPECT_TRUE(has_address("1-2-3-4.example", address("1.2.3.4")));
    EXPECT_FALSE(has_address("192-0-2-17." + std::string(250, 'a'), it)) << "no name of the DNS";
}

TEST(AddressInName, OfIpv6) {
    const auto it = address("2001:db8::a:7");
    for (const char* name :
         {"20010db80000000000000000000a0007.example", "2001-0db8-0000-0000-0000-0000-000a-0007.example",
          "2001-db8-0-0-0-0-a-7.example", "dyn.2001.db8.0.0.0.0.a.7.example", "2001-DB8--A-7.example",
          "7.0.0.0.a.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.example"})
        EXPECT_TRUE(has_address(name, it)) << name;
    for (const char* name : {"2001-db8--a-8.example", "2001-db8--a-70.example", "12001-db8--a-7.example", "mx.example",
                             "20010db80000000000000000000a0008.example", "7-a.example"})
        EXPECT_FALSE(has_address(name, it)) << name;
}

TEST(CountryName, HasTwoLetters) {
    EXPECT_TRUE(is_in_country("a.example.de"));
    EXPECT_TRUE(is_in_country("A.EXAMPLE.DE."));
    for (const char* name : {"a.example.com", "a.example.d1", "", ".", "de.com"})
        EXPECT_FALSE(is_in_country(name)) << name;
}

TEST(Keyword, IsLookedForInFrontOfTheRegisteredDomain) {
    const auto has = [](std::string_view keyword, std::string_view name) {
        return matches(parse_keyword(keyword), name);
    };
    EXPECT_TRUE(has("dsl", "adsl-1.example.net"));
    EXPECT_TRUE(has("DSL", "ADSL-1.example.net."));
    EXPECT_FALSE(has("dsl", "mail.dsl.net")) << "the provider's own name";
    EXPECT_FALSE(has("dsl", "mail.dsl.co.uk"));
    EXPECT_TRUE(has("dsl", "a.dsl.example.co.uk"));
    EXPECT_TRUE(has("dyn pool", "pool-7.dyn.example.net"));
    EXPECT_FALSE(has("dyn pool", "pool-7.example.net"));
    EXPECT_TRUE(has(".dynamic.example.net", "a.dynamic.example.net"));
    EXPECT_FALSE(has(".dynamic.example.net", "dynamic.example.org"));
    EXPECT_TRUE(has("pool .example.net", "pool1.example.net"));
    EXPECT_FALSE(has("", "a.example.net"));
    EXPECT_FALSE(has("  ", "a.example.net"));
    EXPECT_FALSE(has("a", ""));
}

}  // namespace
