#include "bayes/classification.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace bayes {
namespace {

constexpr Counts learned{.spam = 100, .ham = 100};

double probability(std::vector<Counts> seen, Counts of = learned) { return classify(seen, of).probability; }

TEST(BayesClassification, DecidesByWhatWasSeen) {
    EXPECT_EQ(probability({}), 0.5);
    EXPECT_EQ(probability({{0, 0}, {50, 50}, {7, 8}}), 0.5);           // says nothing
    EXPECT_EQ(probability({{100, 0}}, {.spam = 0, .ham = 100}), 0.5);  // nothing to compare with
    EXPECT_GT(probability({{100, 0}, {50, 0}, {20, 1}}), 0.9);
    EXPECT_LT(probability({{0, 100}, {0, 50}, {1, 20}}), surely_ham);
    EXPECT_GT(probability({{9, 0}, {9, 0}}), probability({{9, 0}, {9, 2}}));
    EXPECT_GT(probability({{9, 0}, {9, 0}, {9, 0}}), probability({{9, 0}}));
}

TEST(BayesClassification, BothKindsWeighAlikeHoweverMuchOfEachThereIs) {
    EXPECT_NEAR(probability({{10, 0}, {0, 100}}, {.spam = 100, .ham = 1000}), 0.5, 0.05);
    EXPECT_NEAR(probability({{10, 0}, {0, 10}}, {.spam = 100, .ham = 100}), 0.5, 1e-9);
    EXPECT_LT(probability({{1, 0}, {0, 100}}, {.spam = 100, .ham = 1000}), 0.4);
}

TEST(BayesClassification, TellsTheStrongestFirst) {
    const std::vector<Counts> seen{{10, 0}, {0, 0}, {0, 90}, {90, 0}, {50, 50}};
    const auto result = classify(seen, learned, 2);
    EXPECT_EQ(result.evidence, 3U);
    ASSERT_EQ(result.deciding.size(), 2U);
    EXPECT_EQ(result.deciding[0].token + result.deciding[1].token, 5U);  // 2 and 3
    EXPECT_EQ(classify(seen, learned).deciding.size(), 0U);
}

// Hostile: counts in a damaged store may be anything.
TEST(BayesClassification, CountsThatCannotBeAreNumbersAllTheSame) {
    const std::vector<Counts> seen{{~0U, 0}, {0, ~0U}, {~0U, ~0U}};
    for (const Counts of : {Counts{1, 1}, Counts{~0U, 1}, Counts{1, ~0U}, Counts{0, 0}}) {
        const double found = classify(seen, of).probability;
        EXPECT_TRUE(std::isfinite(found));
        EXPECT_TRUE(found >= 0 && found <= 1);
    }
}

}  // namespace
}  // namespace bayes
