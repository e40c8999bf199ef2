#include "smtp/future_release.h"

#include <gtest/gtest.h>

namespace smtp {
namespace {

// RFC 3339 §5.6, §5.8
TEST(FutureRelease, ReadsTimes) {
    const std::pair<std::string_view, std::int64_t> good[] = {
        {"1970-01-01T00:00:00Z", 0},
        {"1985-04-12T23:20:50.52Z", 482'196'050},
        {"1996-12-19T16:39:57-08:00", 851'042'397},
        {"1990-12-31T23:59:60Z", 662'688'000},
        {"1937-01-01T12:00:27.87+00:20", -1'041'337'173},
        {"2024-02-29t12:00:00z", 1'709'208'000},
    };
    for (const auto& [text, want] : good) EXPECT_EQ(parse_date_time(text), want) << text;
    for (std::string_view bad :
         {"", "2026", "2026-12-24", "2026-12-24T18:00:00", "2026-12-24 18:00:00Z", "2026-02-29T00:00:00Z",
          "2026-13-01T00:00:00Z", "2026-12-24T24:00:00Z", "2026-12-24T18:60:00Z", "2026-12-24T18:00:61Z",
          "2026-12-24T18:00:00.Z", "2026-12-24T18:00:00+1:00", "2026-12-24T18:00:00+24:00", "2026-12-24T18:00:00ZZ",
          "+026-12-24T18:00:00Z"})
        EXPECT_EQ(parse_date_time(bad), std::nullopt) << bad;
}

TEST(FutureRelease, WritesTimesAsItReadsThem) {
    for (const std::int64_t time : {0LL, 1'709'208'000LL, 4'102'444'799LL})
        EXPECT_EQ(parse_date_time(to_date_time(time)), time);
    EXPECT_EQ(future_release_limits(604'800, 482'196'050), "604800 1985-04-19T23:20:50Z");
}

// RFC 4865: no further away than EHLO said.
TEST(FutureRelease, KnowsItsLimit) {
    EXPECT_EQ(release_time(HoldFor{100}, 1000, 100), 1100);
    EXPECT_EQ(release_time(HoldFor{101}, 1000, 100), std::nullopt);
    EXPECT_EQ(release_time(HoldFor{0}, 1000, 100), 1000);
    EXPECT_EQ(release_time(HoldUntil{1100}, 1000, 100), 1100);
    EXPECT_EQ(release_time(HoldUntil{1101}, 1000, 100), std::nullopt);
    EXPECT_EQ(release_time(HoldUntil{5}, 1000, 100), 1000);
}

}  // namespace
}  // namespace smtp
