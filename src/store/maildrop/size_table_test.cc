#include "maildrop/size_table.h"

#include <gtest/gtest.h>

namespace maildrop {
namespace {

TEST(SizeTable, FindsWhatItWasGiven) {
    const SizeTable table({{.hash = 7, .octets = 70}, {.hash = 3, .octets = 30}, {.hash = 7, .octets = 71}});
    EXPECT_EQ(table.size(), 2u);
    EXPECT_EQ(table.find(3), 30u);
    EXPECT_EQ(table.find(7), 70u);
    EXPECT_EQ(table.find(5), std::nullopt);
}

TEST(SizeTable, IsReadAsItWasWritten) {
    for (const auto& table : {SizeTable(), SizeTable({{1, 2}}), SizeTable({{~0ull, 0}, {0, ~0ull}, {5, 5}})}) {
        const auto again = parse_size_table(table.to_octets());
        ASSERT_TRUE(again);
        EXPECT_EQ(*again, table);
    }
}

TEST(SizeTable, DamageIsSeen) {
    const auto whole = SizeTable({{1, 2}, {3, 4}}).to_octets();
    for (std::size_t i = 0; i < whole.size(); ++i) {
        auto damaged = whole;
        damaged[i] = static_cast<char>(damaged[i] ^ 1);
        EXPECT_FALSE(parse_size_table(damaged)) << i;
        EXPECT_FALSE(parse_size_table(whole.substr(0, i))) << i;
    }
    EXPECT_FALSE(parse_size_table(whole + "x"));
}

}  // namespace
}  // namespace maildrop
