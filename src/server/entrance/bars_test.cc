#include "entrance/bars.h"

#include <gtest/gtest.h>

namespace entrance {
namespace {

using namespace std::chrono_literals;

ip::Network network(std::string_view text) { return *ip::parse_network(text); }
ip::Address client(std::string_view text) { return *ip::parse_address(text); }

TEST(Bars, HoldForATime) {
    Bars bars;
    clocks::Steady now{1000h};
    bars.bar(network("192.0.2.1/32"), now + 1min, now);
    bars.bar(network("2001:db8::/64"), now + 2min, now);
    EXPECT_TRUE(bars.is_barred(client("192.0.2.1"), now));
    EXPECT_FALSE(bars.is_barred(client("192.0.2.2"), now));
    EXPECT_TRUE(bars.is_barred(client("2001:db8::abcd"), now));
    EXPECT_FALSE(bars.is_barred(client("2001:db8:0:1::"), now));
    now += 1min;
    EXPECT_FALSE(bars.is_barred(client("192.0.2.1"), now));
    EXPECT_TRUE(bars.is_barred(client("2001:db8::abcd"), now));
    bars.lift_all();
    EXPECT_FALSE(bars.is_barred(client("2001:db8::abcd"), now));
}

}  // namespace
}  // namespace entrance
