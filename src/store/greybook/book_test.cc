#include "greybook/book.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <vector>

namespace {

using namespace greybook;
using greylist::Attempt;
using greylist::Decision;
using greylist::Doubt;
using Why = Decision::Why;

constexpr std::int64_t start = 1'800'000'000, minute = 60, hour = 3600, day = 86'400;

struct Greybook : testing::Test {
    Greybook() {
        std::string name = testing::TempDir() + "greybook-XXXXXX";
        folder = ::mkdtemp(name.data());
        open();
    }
    ~Greybook() override { std::filesystem::remove_all(folder); }
    void open() {
        book.reset();
        book = Book::open(folder / file_name, rules, keyvalue::Access::Write).value();
    }
    Why judged(const Attempt& attempt, std::int64_t now) { return book->judge(attempt, now).value().why; }

    std::filesystem::path folder;
    Rules rules;
    std::unique_ptr<Book> book;
};

Attempt from(std::uint32_t network, std::string sender, Doubt doubt = Doubt::Unproved, std::string proved = "") {
    return {.client = ip::v4(network << 8 | 7),
            .sender = std::move(sender),
            .recipient = "u@l.test",
            .proved = std::move(proved),
            .doubt = doubt};
}

TEST_F(Greybook, RemembersOverARestart) {
    const auto ann = from(1, "ann@a.test");
    EXPECT_EQ(judged(ann, start), Why::First);
    EXPECT_EQ(judged(ann, start + minute), Why::Early);
    ASSERT_TRUE(book->write(start + minute));
    open();
    EXPECT_EQ(judged(ann, start + 10 * minute), Why::Waited);
    EXPECT_EQ(judged(ann, start + 11 * minute), Why::Known);
    EXPECT_EQ(judged(from(1, "bob@b.test"), start + 12 * minute), Why::KnownNetwork);
    EXPECT_EQ(judged(from(1, "bob@b.test", Doubt::Unnamed), start + 12 * minute), Why::First);
    ASSERT_TRUE(book->write(start + 12 * minute));
    open();
    EXPECT_EQ(judged(ann, start + 36 * day), Why::Known);
    EXPECT_EQ(judged(ann, start + 71 * day), Why::Known) << "renewed by each mail";
    const auto figures = book->figures().value();
    EXPECT_EQ(figures.counts, (Counts{.returned = 1, .seconds = 600}));
    EXPECT_EQ(figures.waiting, 1u);
    EXPECT_EQ(figures.known, 2u) << "the sender, and the network";
}

TEST_F(Greybook, WhomWeWroteToIsNotDelayed) {
    ASSERT_TRUE(book->note_correspondent("Ann@A.test", start));
    EXPECT_EQ(judged(from(1, "ann@a.test", Doubt::Everybody), start + day), Why::Correspondent);
    EXPECT_EQ(judged(from(1, "bob@a.test", Doubt::Unnamed, "a.test"), start + day), Why::Correspondent);
    EXPECT_EQ(judged(from(1, "bob@a.test"), start + day), Why::First);
    EXPECT_EQ(judged(from(1, "ann@a.test"), start + 37 * day), Why::First);
    ASSERT_TRUE(book->write(start + 40 * day));
    EXPECT_EQ(book->figures()->correspondents, 0u);
}

TEST_F(Greybook, ForeseesWithoutRemembering) {
    EXPECT_EQ(book->foresee(from(1, "ann@a.test"), start)->why, Why::First);
    EXPECT_EQ(judged(from(1, "ann@a.test"), start + day), Why::First);
}

TEST_F(Greybook, CountsWhoNeverCameAgain) {
    for (std::uint32_t i = 0; i < 10; ++i) judged(from(i, "x@bot.test"), start);
    judged(from(3, "x@bot.test"), start + hour);
    ASSERT_TRUE(book->write(start + 49 * hour));
    EXPECT_EQ(book->figures()->waiting, 9u);
    ASSERT_TRUE(book->write(start + 51 * hour));
    EXPECT_EQ(book->figures()->waiting, 0u);
    EXPECT_EQ(book->figures()->counts, (Counts{.returned = 1, .seconds = 3600, .never_again = 9}));
}

// As many strangers an hour as there is room for in a quarter of it: a million for the usual 250 000.
TEST_F(Greybook, AFloodCostsNeitherRoomNorWhoIsKnownNorWhoComesAgain) {
    rules.entries = 5'000;
    open();
    judged(from(1, "old@a.test"), start - hour);
    EXPECT_EQ(judged(from(1, "old@a.test"), start - minute), Why::Waited);
    std::uint32_t stranger = 1000;
    for (std::int64_t now = start; now < start + hour; now += 15) {
        for (int i = 0; i < 83; ++i, ++stranger)
            ASSERT_EQ(judged(from(stranger, fmt::format("x{}@bot.test", stranger)), now), Why::First);
        if (now == start + 30 * minute) judged(from(2, "new@b.test"), now);
        if (now == start + 42 * minute) EXPECT_EQ(judged(from(2, "new@b.test"), now), Why::Waited);
        ASSERT_TRUE(book->write(now));
        ASSERT_LE(book->figures()->waiting, rules.entries);
    }
    EXPECT_GT(stranger, 1000 + 3 * rules.entries);
    EXPECT_EQ(judged(from(1, "old@a.test"), start + hour), Why::Known);
    EXPECT_GT(book->figures()->counts.displaced, 0u);
    EXPECT_EQ(book->figures()->counts.never_again, 0u);
}

TEST_F(Greybook, WhatIsNoStoreIsAnError) {
    book.reset();
    std::ofstream(folder / file_name, std::ios::trunc) << std::string(100'000, 'x');
    EXPECT_FALSE(Book::open(folder / file_name, rules, keyvalue::Access::Write));
}

// ---- half a year of mail

/// Somebody who sends mail, and what his server does when it is asked to come again.
struct Correspondence {
    std::string domain;
    std::uint32_t network = 0;
    std::uint32_t networks = 1;  // its servers take turns among so many
    Doubt doubt = Doubt::Unproved;
    bool is_proved = false;
    std::vector<std::int64_t> retries;  // after the first attempt
    std::int64_t between = day;         // messages
    std::int64_t taken_last = 0;        // when a message of his was taken
};

struct HalfAYear : Greybook {
    struct Message {
        std::size_t sender = 0;
        std::int64_t written = 0;
        std::size_t tries = 0;
    };
    HalfAYear() {
        rules.entries = 20'000;
        open();
        const std::vector<std::int64_t> usual{5 * minute, 20 * minute, hour, 4 * hour, day, 2 * day};
        const std::vector<std::int64_t> daily{day, 2 * day, 3 * day, 4 * day};
        for (std::uint32_t i = 0; i < 60; ++i) {
            const auto doubt = static_cast<Doubt>(i % 3);  // None, Unproved, Unnamed
            const bool is_proved = doubt == Doubt::None || (doubt == Doubt::Unnamed && i % 2 == 0);
            senders.push_back({.domain = fmt::format("d{}.test", i),
                               .network = 100 + 10 * i,
                               .networks = is_proved ? 1U + i % 5 : 1U,
                               .doubt = doubt,
                               .is_proved = is_proved,
                               .retries = i % 4 == 0 ? daily : usual,
                               .between = (1 + i % 7) * day + i * minute});
        }
    }
    /// What a sender does; true: the message was taken.
    bool attempt(Message& message, std::int64_t now) {
        auto& sender = senders[message.sender];
        auto one = from(sender.network + static_cast<std::uint32_t>(random() % sender.networks), "ann@" + sender.domain,
                        sender.doubt, sender.is_proved ? sender.domain : "");
        const bool is_known = sender.taken_last != 0 && now - sender.taken_last < 36 * day - day;
        const auto decision = book->judge(one, now).value();
        if (sender.is_proved && is_known) EXPECT_FALSE(decision.has_to_wait()) << sender.domain << ' ' << now - start;
        if (decision.has_to_wait()) {
            ++delays;
            return false;
        }
        sender.taken_last = now;
        return true;
    }

    std::vector<Correspondence> senders;
    std::multimap<std::int64_t, Message> due;
    std::mt19937 random{20261128};
    std::uint64_t delays = 0;
};

TEST_F(HalfAYear, DelaysNoValidatedKnownSenderAndLetsWhoComesOnceADayIn) {
    for (std::size_t i = 0; i < senders.size(); ++i)
        due.insert({start + static_cast<std::int64_t>(i) * hour, {.sender = i, .written = start}});
    const auto end = start + 183 * day;
    std::int64_t written = start;
    std::uint64_t taken = 0, bots = 0;
    std::uint32_t bot = 1'000'000;
    while (!due.empty() && due.begin()->first < end) {
        auto [now, message] = *due.begin();
        due.erase(due.begin());
        for (; written < now; written += 6 * hour) {
            for (int i = 0; i < 10; ++i, ++bot, ++bots)
                ASSERT_TRUE(
                    book->judge(from(bot, fmt::format("x{}@bot.test", bot), Doubt::Unnamed), written)->has_to_wait());
            ASSERT_TRUE(book->write(written));
            ASSERT_LE(book->figures()->waiting, rules.entries);
            ASSERT_LE(book->figures()->known, rules.entries);
        }
        auto& sender = senders[message.sender];
        if (message.tries == 0) {
            message.written = now;
            due.insert({now + sender.between, {.sender = message.sender}});
        }
        if (attempt(message, now)) {
            ++taken;
            continue;
        }
        ASSERT_LT(message.tries, sender.retries.size()) << sender.domain << " was never let in";
        due.insert({message.written + sender.retries[message.tries++],
                    {.sender = message.sender, .written = message.written, .tries = message.tries}});
    }
    ASSERT_TRUE(book->write(end + 60 * hour));
    const auto figures = book->figures().value();
    EXPECT_GT(taken, 2'500u);
    EXPECT_GT(delays, 20u);
    EXPECT_LT(delays, 120u) << "nobody is asked to come again for each message";
    EXPECT_EQ(figures.counts.never_again, bots);
    EXPECT_EQ(figures.counts.displaced, 0u);
    EXPECT_EQ(figures.waiting, 0u);
}

}  // namespace
