#include "lists/health.h"

#include <gtest/gtest.h>

#include <random>

namespace lists {
namespace {

constexpr std::int64_t day = 86'400;
using State = Health::State;

TEST(Health, TakesWeeksToDropAMember) {
    Health health;
    EXPECT_EQ(posting_came_back(health, 100 * day), Remedy::None);
    EXPECT_EQ(posting_came_back(health, 105 * day), Remedy::None);
    EXPECT_EQ(posting_came_back(health, 112 * day - 1), Remedy::None);
    EXPECT_EQ(posting_came_back(health, 112 * day), Remedy::Warn);
    EXPECT_EQ(posting_came_back(health, 113 * day), Remedy::None) << "one warning is enough";
    EXPECT_EQ(warning_came_back(health, 114 * day), Remedy::None);
    EXPECT_EQ(time_went_by(health, 126 * day - 1), Remedy::None);
    EXPECT_EQ(time_went_by(health, 126 * day), Remedy::Probe);
    EXPECT_EQ(probe_came_back(health, 127 * day), Remedy::Drop);
}

TEST(Health, ForgetsWhenWarningOrProbeArrive) {
    Health warned{State::Warned, 100 * day, 100 * day, 5};
    EXPECT_EQ(time_went_by(warned, 112 * day), Remedy::None);
    EXPECT_EQ(warned, Health());
    Health probed{State::Probed, 100 * day, 100 * day, 5};
    EXPECT_EQ(time_went_by(probed, 112 * day), Remedy::None);
    EXPECT_EQ(probed, Health());
}

TEST(Health, BeginsAnewAfterATimeWithoutBounces) {
    Health health;
    posting_came_back(health, 100 * day);
    EXPECT_EQ(posting_came_back(health, 113 * day), Remedy::None);
    EXPECT_EQ(health.bounces, 1u);
    EXPECT_EQ(health.since, 113 * day);
}

TEST(Health, BelievesNoLetterThatWasNotSent) {
    for (const auto state : {State::Fine, State::Bouncing, State::Warned, State::WarningCameBack}) {
        Health health{state, 0, 0, 1};
        EXPECT_EQ(probe_came_back(health, day), Remedy::None);
    }
    Health fine;
    EXPECT_EQ(warning_came_back(fine, day), Remedy::None);
    EXPECT_EQ(fine, Health());
}

/// A member whose mailbox works on some days, a list with a posting a day, and a naive account of the same rules.
TEST(Health, IsWhatADiaryOfTheMemberSays) {
    for (unsigned seed = 0; seed < 300; ++seed) {
        std::mt19937 random(seed);
        const unsigned works = random() % 4;  // 0: never … 3: nearly always
        Health health;
        std::int64_t first_bounce = -1, last_bounce = -1, warned = -1, warning_back = -1, probed = -1;
        bool is_member = true;
        for (std::int64_t today = 1; today < 120 && is_member; ++today) {
            SCOPED_TRACE(testing::Message() << "seed " << seed << ", day " << today);
            const auto now = today * day;
            // Before the posting: what has had its time.
            const auto remedy = time_went_by(health, now);
            bool probes = false;
            if (probed >= 0 && today - probed >= 12) {
                probed = warning_back = warned = first_bounce = -1;
            } else if (warning_back >= 0 && probed < 0 && today - warning_back >= 12) {
                probes = true;
                probed = today;
            } else if (warned >= 0 && warning_back < 0 && today - warned >= 12) {
                warned = first_bounce = -1;
            }
            ASSERT_EQ(remedy == Remedy::Probe, probes);
            if (probes && random() % 4 >= works) {
                ASSERT_EQ(probe_came_back(health, now), Remedy::Drop);
                ASSERT_GE(today - first_bounce, 24) << "nobody is dropped in less";
                is_member = false;
                break;
            }
            if (random() % 4 < works) continue;  // the posting arrives
            const auto answer = posting_came_back(health, now);
            bool warns = false;
            if (warned < 0 && probed < 0) {
                if (first_bounce < 0 || today - last_bounce >= 12)
                    first_bounce = today;
                else if (today - first_bounce >= 12)
                    warns = true;
            }
            last_bounce = today;
            ASSERT_EQ(answer == Remedy::Warn, warns);
            if (!warns) continue;
            warned = today;
            if (random() % 4 < works) continue;  // the warning arrives
            warning_came_back(health, now);
            warning_back = today;
        }
        if (works == 0) EXPECT_FALSE(is_member);
    }
}

}  // namespace
}  // namespace lists
