#include "dns/zone_line.h"

#include <gtest/gtest.h>

// RFC 1035 §3.3.14, §5.1
TEST(ZoneLine, CutsAndQuotesText) {
    EXPECT_EQ(dns::zone_line("example.org", "v=spf1 -all"), "example.org.\tIN\tTXT\t( \"v=spf1 -all\" )");
    EXPECT_EQ(dns::zone_line("x.test", ""), "x.test.\tIN\tTXT\t( \"\" )");
    const auto first = std::string(255, 'a');
    EXPECT_EQ(dns::zone_line("x.test", first), "x.test.\tIN\tTXT\t( \"" + first + "\" )");
    EXPECT_EQ(dns::zone_line("x.test", first + "b"), "x.test.\tIN\tTXT\t( \"" + first + "\" \"b\" )");
    EXPECT_EQ(dns::zone_line("x.test", "a\"b\\c\n\xc3"), "x.test.\tIN\tTXT\t( \"a\\\"b\\\\c\\010\\195\" )");
    EXPECT_EQ(dns::zone_line("x.test", "MX", "10 mx.x.test."), "x.test.\tIN\tMX\t10 mx.x.test.");
}
