// policyd may tell too much, too often, and half of it: the keys go on all the same, and no more often than they
// should.
#include "master/key_looks.h"

#include <gtest/gtest.h>

namespace master {
namespace {

using std::chrono::seconds;

const KeyLooks::Time start{std::chrono::hours(1)};

std::vector<std::uint64_t> numbers(const std::vector<Sighting>& sightings) {
    std::vector<std::uint64_t> all;
    for (const auto& one : sightings) all.push_back(one.number);
    return all;
}

using Numbers = std::vector<std::uint64_t>;

TEST(KeyLooks, AreTakenWhole) {
    KeyLooks looks;
    looks.note({1, true});
    EXPECT_EQ(numbers(looks.take(start)), Numbers{}) << "it is not over";
    looks.note({2, false});
    EXPECT_EQ(looks.end(start), start);
    looks.note({3, true});
    EXPECT_EQ(numbers(looks.take(start)), (Numbers{1, 2}));
    EXPECT_EQ(numbers(looks.take(start)), Numbers{}) << "once";
    looks.end(start);
    EXPECT_EQ(numbers(looks.take(start)), Numbers{3});
}

TEST(KeyLooks, OfOneWhoDiedDoNotCount) {
    KeyLooks looks;
    looks.note({1, true});
    looks.end(start);
    looks.note({2, true});
    looks.forget();
    EXPECT_EQ(numbers(looks.take(start)), Numbers{});
    looks.note({1, false});
    looks.end(start);
    EXPECT_EQ(numbers(looks.take(start)), Numbers{1});
}

TEST(KeyLooks, ThatNeverEndCostNoMoreMemoryAndNoLaterLook) {
    KeyLooks looks;
    for (std::uint64_t i = 0; i < KeyLooks::most_sightings + 10; ++i) looks.note({i, true});
    looks.end(start);
    EXPECT_EQ(looks.take(start).size(), KeyLooks::most_sightings);
    looks.note({7, true});
    looks.end(start);
    EXPECT_EQ(numbers(looks.take(start)), Numbers{7});
}

TEST(KeyLooks, TurnTheKeysOnceAMinute) {
    KeyLooks looks;
    for (int i = 0; i < 2; ++i) {
        EXPECT_EQ(looks.end(start), start) << "after a start";
        looks.take(start);
    }
    const auto next = start + KeyLooks::pace;
    EXPECT_EQ(looks.end(start + seconds(1)), next);
    EXPECT_EQ(looks.end(start + seconds(2)), next);
    looks.forget();
    EXPECT_EQ(looks.end(start + seconds(3)), next) << "whoever dies gains nothing by it";
    EXPECT_EQ(looks.end(next + seconds(5)), next + seconds(5));
    looks.take(next + seconds(5));
    EXPECT_EQ(looks.end(next + seconds(6)), next + seconds(5) + KeyLooks::pace);
    looks.hurry();
    EXPECT_EQ(looks.end(next + seconds(7)), next + seconds(7)) << "the look that was under way";
    EXPECT_EQ(looks.end(next + seconds(8)), next + seconds(8)) << "the one that was asked for";
    EXPECT_GT(looks.end(next + seconds(9)), next + seconds(9));
}

}  // namespace
}  // namespace master
