#include "directory/conduct.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace directory {
namespace {

using namespace std::chrono_literals;
using testing::IsEmpty;
using testing::SizeIs;
using enum Misdeed;

struct ConductTest : testing::Test {
    Conduct conduct{{.unknown_recipients = 5, .early_talk = 2, .exempt = {*ip::parse_network("203.0.113.0/24")}}};
    clocks::Steady now{1000h};

    bool misbehave(Misdeed misdeed, std::string_view client, int times, std::size_t credit = 0) {
        bool is_banned = false;
        for (int i = 0; i < times; ++i)
            is_banned = conduct.misbehaved(misdeed, *ip::parse_address(client), credit, now).has_value();
        return is_banned;
    }
};

TEST_F(ConductTest, BansAtTheLimitAndNotBefore) {
    EXPECT_FALSE(misbehave(UnknownRecipient, "192.0.2.1", 4));
    EXPECT_THAT(conduct.bans(now), IsEmpty());
    EXPECT_TRUE(misbehave(UnknownRecipient, "192.0.2.1", 1));
    ASSERT_THAT(conduct.bans(now), SizeIs(1));
    EXPECT_EQ(ip::to_text(conduct.bans(now)[0].network), "192.0.2.1/32");
    EXPECT_EQ(conduct.bans(now)[0].until, now + 10min);
    now += 10min;
    EXPECT_THAT(conduct.bans(now), IsEmpty());
}

TEST_F(ConductTest, CountsEachKindForItself) {
    EXPECT_FALSE(misbehave(UnknownRecipient, "192.0.2.1", 4));
    EXPECT_FALSE(misbehave(EarlyTalk, "192.0.2.1", 1));
    EXPECT_TRUE(misbehave(EarlyTalk, "192.0.2.1", 1));
}

TEST_F(ConductTest, BansTwiceAsLongEachTime) {
    for (const auto length : {10min, 20min, 40min}) {
        misbehave(EarlyTalk, "192.0.2.1", 2);
        EXPECT_EQ(conduct.bans(now)[0].until, now + length);
        now += length;
    }
    now += 25h;
    misbehave(EarlyTalk, "192.0.2.1", 2);
    EXPECT_EQ(conduct.bans(now)[0].until, now + 10min) << "a day has passed";
}

TEST_F(ConductTest, WhatWearsOffBansNobody) {
    for (int i = 0; i < 100; ++i, now += 13min) EXPECT_FALSE(misbehave(UnknownRecipient, "192.0.2.1", 1)) << i;
}

// A large provider writes to many who are gone, and to more who are there.
TEST_F(ConductTest, RecipientsThatThereAreMakeGoodForThoseThatThereAreNot) {
    for (int i = 0; i < 100; ++i) {
        EXPECT_FALSE(misbehave(UnknownRecipient, "192.0.2.1", 1)) << i;
        conduct.brought_well(*ip::parse_address("192.0.2.1"), 0, now);
    }
    conduct.brought_well(*ip::parse_address("192.0.2.9"), 0, now);
    EXPECT_TRUE(misbehave(UnknownRecipient, "192.0.2.1", 5)) << "nobody has a store of it";
}

TEST_F(ConductTest, SparesWhomItIsToSpare) {
    EXPECT_FALSE(misbehave(UnknownRecipient, "203.0.113.9", 100));
    EXPECT_FALSE(misbehave(UnknownRecipient, "192.0.2.1", 9, /*credit=*/1));
    EXPECT_TRUE(misbehave(UnknownRecipient, "192.0.2.1", 1, /*credit=*/1));
    misbehave(EarlyTalk, "198.51.100.7", 2);
    EXPECT_THAT(conduct.bans(now), SizeIs(2));
    conduct.use({.exempt = {*ip::parse_network("198.51.100.0/24")}});
    EXPECT_THAT(conduct.bans(now), SizeIs(1)) << "a setting counts at once";
    conduct.use({.unknown_recipients = 0});
    EXPECT_FALSE(misbehave(UnknownRecipient, "192.0.2.7", 1000));
}

TEST_F(ConductTest, CountsIpv6By64) {
    misbehave(EarlyTalk, "2001:db8::1", 1);
    EXPECT_TRUE(misbehave(EarlyTalk, "2001:db8::ffff", 1));
    EXPECT_FALSE(misbehave(EarlyTalk, "2001:db8:0:1::1", 1));
}

TEST_F(ConductTest, LiftsAndForgets) {
    misbehave(EarlyTalk, "192.0.2.1", 2);
    misbehave(EarlyTalk, "192.0.2.2", 2);
    misbehave(EarlyTalk, "198.51.100.1", 2);
    EXPECT_EQ(conduct.lift(*ip::parse_network("192.0.2.0/24"), now), 2U);
    EXPECT_THAT(conduct.bans(now), SizeIs(1));
    EXPECT_FALSE(misbehave(EarlyTalk, "192.0.2.1", 1));
    misbehave(EarlyTalk, "192.0.2.1", 1);
    EXPECT_EQ(conduct.bans(now)[0].until, now + 10min) << "as if it were the first";
}

TEST_F(ConductTest, IsBounded) {
    for (std::uint32_t i = 0; i < 2 * Memory<Tally>::most; ++i) {
        const auto client = *ip::parse_address(std::to_string(1 + i / 65536) + ".7." + std::to_string(i / 256 % 256) +
                                               "." + std::to_string(i % 256));
        conduct.misbehaved(EarlyTalk, client, 0, now);
        conduct.misbehaved(EarlyTalk, client, 0, now);
    }
    EXPECT_THAT(conduct.bans(now), SizeIs(Memory<Tally>::most));
}

}  // namespace
}  // namespace directory
