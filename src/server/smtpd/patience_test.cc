#include "smtpd/patience.h"

#include <gtest/gtest.h>

namespace smtpd {
namespace {

using namespace std::chrono_literals;

TEST(Patience, IsEarnedByOctets) {
    const Patience::Terms terms{.grace = 180s, .rate = 500};
    Patience patience;
    EXPECT_EQ(patience.left(terms), 180s);
    patience.waited(100s);
    EXPECT_EQ(patience.left(terms), 80s);
    patience.took(5000);  // what was there already costs no waiting
    EXPECT_EQ(patience.left(terms), 90s);
    patience.waited(1000s);
    patience.took(499'000);
    EXPECT_EQ(patience.left(terms), 180s + 1008s - 1100s);
    patience.waited(1000s);
    patience.took(1);
    EXPECT_EQ(patience.left(terms), 0s);
}

TEST(Patience, EndsSoonerWhenTheTermsDo) {
    Patience patience;
    patience.waited(60s);
    patience.took(60'000);
    EXPECT_EQ(patience.left({.grace = 180s, .rate = 500}), 240s);
    EXPECT_EQ(patience.left({.grace = 10s, .rate = 1000}), 10s);
    EXPECT_EQ(patience.left({.grace = 10s, .rate = 2000}), 0s);
}

// A message of a terabyte at an octet a second.
TEST(Patience, DoesNotOverflow) {
    Patience patience;
    patience.waited(1s);
    patience.took(std::size_t{1} << 40);
    EXPECT_GT(patience.left({.grace = 1s, .rate = 1}), std::chrono::hours(24 * 365));
}

}  // namespace
}  // namespace smtpd
