#include "text/crockford.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>

namespace {

std::string written(std::uint64_t number) {
    const auto digits = text::to_crockford(number);
    return {digits.data(), digits.size()};
}

TEST(Crockford, WritesThirteenDigits) {
    EXPECT_EQ(written(0), "0000000000000");
    EXPECT_EQ(written(31), "000000000000Z");
    EXPECT_EQ(written(32), "0000000000010");
    EXPECT_EQ(written(std::numeric_limits<std::uint64_t>::max()), "FZZZZZZZZZZZZ");
}

TEST(Crockford, ReadsWhatItWroteInAnyCaseAndForgivesLookalikes) {
    EXPECT_EQ(text::parse_crockford("fzzzzzzzzzzzz"), std::numeric_limits<std::uint64_t>::max());
    EXPECT_EQ(text::parse_crockford("00000000000oI"), 1u);
    for (const std::uint64_t number : {0ull, 1ull, 0x123456789abcdefull, 1ull << 63})
        EXPECT_EQ(text::parse_crockford(written(number)), number);
}

TEST(Crockford, RefusesWhatIsNoNumber) {
    for (const auto* wrong : {"", "0", "00000000000000", "000000000000U", "GZZZZZZZZZZZZ", "000000000 000"})
        EXPECT_FALSE(text::parse_crockford(wrong)) << wrong;
}

}  // namespace
