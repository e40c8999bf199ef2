#include "config/quantity.h"

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;

TEST(ConfigQuantity, ReadsDurations) {
    EXPECT_EQ(config::parse_duration("5d"), 120h);
    EXPECT_EQ(config::parse_duration("1h30m"), 90min);
    EXPECT_EQ(config::parse_duration("90s"), 90s);
    EXPECT_EQ(config::parse_duration("1s250ms"), 1250ms);
    EXPECT_EQ(config::parse_duration("2w"), 336h);
    EXPECT_EQ(config::parse_duration("0s"), 0s);
}

TEST(ConfigQuantity, RefusesWhatIsNoDuration) {
    for (const auto* wrong : {"", "5", "d", "-5d", "5 d", "30m1h", "1h1h", "1.5h", "5D", "5x", "99999999999999999999s",
                              "9223372036854775807w", "1h "})
        EXPECT_FALSE(config::parse_duration(wrong)) << wrong;
}

TEST(ConfigQuantity, WritesDurationsThatReadTheSame) {
    for (const auto duration : {0ms, 1ms, 999ms, 61'001ms, 86'400'000ms, 694'861'001ms})
        EXPECT_EQ(config::parse_duration(config::to_text(duration)), duration) << config::to_text(duration);
    EXPECT_EQ(config::to_text(432'000'000ms), "5d");
}

TEST(ConfigQuantity, ReadsSizes) {
    EXPECT_EQ(config::parse_octets("50MB"), 52'428'800u);
    EXPECT_EQ(config::parse_octets("64KiB"), 65'536u);
    EXPECT_EQ(config::parse_octets("4096"), 4096u);
    for (const auto* wrong : {"", "MB", "50 MB", "50mb", "-1", "99999999999999TB", "1.5GB"})
        EXPECT_FALSE(config::parse_octets(wrong)) << wrong;
    for (const std::uint64_t count : {0ull, 1ull, 1024ull, 1536ull, 52'428'800ull, 1ull << 40})
        EXPECT_EQ(config::parse_octets(config::octets_text(count)), count);
}

}  // namespace
