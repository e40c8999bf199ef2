#include "dns/reverse.h"

#include <gtest/gtest.h>

namespace dns {
namespace {

// RFC 1035 §3.5, RFC 3596 §2.5
TEST(ReverseName, IsSpelledBackwards) {
    EXPECT_EQ(to_text(reverse_name(*ip::parse_address("192.0.2.1"))), "1.2.0.192.in-addr.arpa");
    EXPECT_EQ(to_text(reverse_name(*ip::parse_address("2001:db8::a1"))),
              "1.a.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa");
}

}  // namespace
}  // namespace dns
