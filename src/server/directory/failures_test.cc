#include "directory/failures.h"

#include <gtest/gtest.h>

namespace directory {
namespace {

using namespace std::chrono_literals;
using Answer = Failures::Answer;

struct Fixture {
    explicit Fixture(site::Login terms = {}) : failures(terms) {}

    Answer ask(std::string_view user, std::string_view client) {
        return failures.ask(user, ip::parse_address(client), now);
    }
    std::chrono::milliseconds fail(std::string_view user, std::string_view client, int times = 1) {
        std::chrono::milliseconds delay{0};
        for (int i = 0; i < times; ++i) delay = failures.failed(user, ip::parse_address(client), now);
        return delay;
    }
    void log_in(std::string_view user, std::string_view client) {
        failures.succeeded(user, ip::parse_address(client), now);
    }

    Failures failures;
    clocks::Steady now = clocks::Steady(1000h);
};

TEST(Failures, MakeEachTrySlower) {
    Fixture f;
    EXPECT_EQ(f.fail("ann", "192.0.2.1"), 1s);
    EXPECT_EQ(f.fail("bob", "192.0.2.1"), 2s);
    EXPECT_EQ(f.fail("ann", "192.0.2.1", 6), 5s);
    EXPECT_EQ(f.fail("ann", "198.51.100.1"), 1s);
}

TEST(Failures, BanAClientForATime) {
    Fixture f;
    f.fail("ann", "192.0.2.1", 9);
    EXPECT_EQ(f.ask("ann", "192.0.2.1"), Answer::Go);
    f.fail("bob", "192.0.2.1");
    EXPECT_EQ(f.ask("carol", "192.0.2.1"), Answer::Banned);
    EXPECT_EQ(f.ask("carol", "192.0.2.2"), Answer::Go);
    ASSERT_EQ(f.failures.bans(f.now).size(), 1u);
    EXPECT_EQ(ip::to_text(f.failures.bans(f.now)[0].network), "192.0.2.1/32");
    EXPECT_EQ(f.failures.take_begun(), f.failures.bans(f.now));
    EXPECT_TRUE(f.failures.take_begun().empty());
    f.now += 11min;
    EXPECT_EQ(f.ask("carol", "192.0.2.1"), Answer::Go);
    f.fail("bob", "192.0.2.1", 10);
    f.now += 11min;
    EXPECT_EQ(f.ask("carol", "192.0.2.1"), Answer::Banned) << "the second lasts longer";
}

TEST(Failures, WearOff) {
    Fixture f;
    for (int i = 0; i < 100; ++i, f.now += 7min) {
        f.fail("ann", "192.0.2.1");
        EXPECT_EQ(f.ask("ann", "192.0.2.1"), Answer::Go) << i;
    }
}

// One customer has all addresses of an IPv6 /64.
TEST(Failures, CountACustomersAddressesTogether) {
    Fixture f;
    for (int i = 0; i < 10; ++i) f.fail("ann", "2001:db8::" + std::to_string(i + 1));
    EXPECT_EQ(f.ask("ann", "2001:db8::ffff"), Answer::Banned);
    EXPECT_EQ(f.ask("ann", "2001:db8:0:1::1"), Answer::Go);
}

TEST(Failures, BanANetworkButNotWhoLogsInFromThere) {
    Fixture f;
    f.log_in("ann", "192.0.2.250");
    for (int i = 1; i <= 20; ++i) f.fail("x" + std::to_string(i), "192.0.2." + std::to_string(i), 5);
    EXPECT_EQ(f.ask("y", "192.0.2.200"), Answer::Banned);
    EXPECT_EQ(f.ask("ann", "192.0.2.250"), Answer::Go);
    EXPECT_EQ(f.ask("y", "192.0.3.1"), Answer::Go);
}

// Many people behind one address, and a telephone in a drawer that has the old password.
TEST(Failures, LeaveAnOfficeAlone) {
    Fixture f;
    for (int i = 0; i < 30; ++i) f.log_in("user" + std::to_string(i), "192.0.2.1");
    for (int i = 0; i < 24 * 60; ++i, f.now += 1min) f.fail("user0", "192.0.2.1");
    EXPECT_EQ(f.ask("user7", "192.0.2.1"), Answer::Go);
    EXPECT_EQ(f.ask("user0", "192.0.2.1"), Answer::Go);
}

// A thousand machines, a guess each: the account's owner does not notice.
TEST(Failures, SlowStrangersAtAnAccountAndNotItsOwner) {
    Fixture f;
    f.log_in("Ann", "198.51.100.7");
    for (int i = 0; i < 1000; ++i)
        f.fail("ann", "10." + std::to_string(i / 250) + "." + std::to_string(i % 250) + ".1");
    EXPECT_EQ(f.ask("ann", "203.0.113.1"), Answer::Go) << "one";
    EXPECT_EQ(f.ask("ANN", "203.0.113.2"), Answer::Slower);
    f.now += 11s;
    EXPECT_EQ(f.ask("ann", "203.0.113.2"), Answer::Go);
    EXPECT_EQ(f.ask("ann", "198.51.100.7"), Answer::Go);
    EXPECT_EQ(f.ask("ann", "198.51.100.7"), Answer::Go);
    EXPECT_EQ(f.ask("bob", "203.0.113.2"), Answer::Go);
}

TEST(Failures, AreForgivenByRequestAndByExemption) {
    site::Login terms;
    terms.exempt = {*ip::parse_network("203.0.113.0/24")};
    Fixture f(terms);
    f.fail("ann", "203.0.113.9", 500);
    f.fail("bob", "192.0.2.1", 10);
    f.fail("bob", "192.0.2.2", 10);
    EXPECT_EQ(f.ask("carol", "203.0.113.9"), Answer::Go);
    EXPECT_EQ(f.failures.lift(*ip::parse_network("192.0.2.1"), f.now), 1u);
    EXPECT_EQ(f.ask("bob", "192.0.2.1"), Answer::Go);
    EXPECT_EQ(f.ask("bob", "192.0.2.2"), Answer::Banned);
    EXPECT_EQ(f.failures.lift(*ip::parse_network("192.0.2.0/24"), f.now), 1u);
    EXPECT_TRUE(f.failures.bans(f.now).empty());
}

// Hostile: names and addresses without end.
TEST(Failures, AreRememberedWithinBounds) {
    Fixture f;
    f.fail("first", "192.0.2.1", 10);
    for (std::size_t i = 0; i < Memory<Tally>::most + 10; ++i) f.fail("u" + std::to_string(i), "198.51.100.1");
    EXPECT_EQ(f.ask("x", "192.0.2.1"), Answer::Go) << "forgotten, as the oldest";
    EXPECT_EQ(f.ask("x", "198.51.100.1"), Answer::Banned);
}

}  // namespace
}  // namespace directory
