#include "qmgr/destination.h"

#include <gtest/gtest.h>

#include "qmgr/testing/desk.h"

namespace qmgr {
namespace {

using namespace std::chrono_literals;

struct Table {
    testing::TableClock clock;
    testing::CountingRandom random;
    Destinations destinations{Destinations::Limits{}};
    DestinationNumber number = destinations.join("mx:example.org");

    void fill(std::size_t count) {
        for (std::uint32_t i = 0; i < count; ++i) destinations[number].ready.push({i + 1, 0});
        destinations.stand_in_round(number, clock.steady());
    }
    /// Starts whatever may start; how many.
    std::size_t start() {
        std::size_t started = 0;
        while (const auto next = destinations.next(Way::Relay, clock.steady())) {
            destinations[*next].ready.pop();
            destinations.started(*next);
            ++started;
            destinations.stand_in_round(*next, clock.steady());
        }
        return started;
    }
    Turn finish(Destination told, milliseconds after = 1ms) {
        const auto began = clock.steady();
        clock.pass(after);
        const auto turn = destinations.finished(number, told, began, clock.steady(), random);
        destinations.stand_in_round(number, clock.steady());
        return turn;
    }
};

TEST(Destinations, WindowOpensWithSuccessAndClosesWhenBusy) {
    Table table;
    table.fill(1000);
    EXPECT_EQ(table.start(), 5u);
    EXPECT_EQ(table.finish(Destination::Fine), Turn::None);
    EXPECT_EQ(table.start(), 2u);
    for (int i = 0; i < 100; ++i) {
        table.finish(Destination::Fine);
        table.start();
    }
    EXPECT_EQ(table.destinations[table.number].in_flight, 40u);
    table.finish(Destination::Busy);
    EXPECT_EQ(table.start(), 0u);
    EXPECT_EQ(table.destinations[table.number].window, 20u);
    for (int i = 0; i < 10; ++i) table.finish(Destination::Busy);
    EXPECT_EQ(table.destinations[table.number].window, 1u);
}

// A destination out of reach rests ever longer, and is tried by one attempt at a time.
TEST(Destinations, RestsWhenOutOfReach) {
    Table table;
    table.fill(1000);
    EXPECT_EQ(table.start(), 5u);
    // All five found out the same thing.
    const auto began = table.clock.steady();
    table.clock.pass(30s);
    for (int i = 0; i < 5; ++i)
        EXPECT_EQ(table.destinations.finished(table.number, Destination::Unreachable, began, table.clock.steady(),
                                              table.random),
                  Turn::None);
    table.destinations.stand_in_round(table.number, table.clock.steady());
    milliseconds last = 0ms;
    for (int i = 0; i < 10; ++i) {
        ASSERT_EQ(table.start(), 1u) << i;
        ASSERT_EQ(table.finish(Destination::Unreachable), Turn::Down);
        EXPECT_EQ(table.start(), 0u);
        const auto rest = table.destinations[table.number].rests_until - table.clock.steady();
        EXPECT_GE(rest, std::min<milliseconds>(last, 54min));
        EXPECT_LE(rest, 66min);
        last = rest;
        table.clock.pass(rest);
        table.destinations.stand_in_round(table.number, table.clock.steady());
    }
    EXPECT_GE(last, 54min);
    ASSERT_EQ(table.start(), 1u);
    EXPECT_EQ(table.finish(Destination::Fine), Turn::Up);
    EXPECT_EQ(table.start(), 2u);  // the way back is gradual
}

TEST(Destinations, EverybodyGetsATurn) {
    Table table;
    table.fill(1000);
    const auto other = table.destinations.join("mx:other.example");
    table.destinations[other].ready.push({5000, 0});
    table.destinations.stand_in_round(other, table.clock.steady());
    EXPECT_EQ(table.destinations.next(Way::Relay, table.clock.steady()), table.number);
    table.destinations.stand_in_round(table.number, table.clock.steady());
    EXPECT_EQ(table.destinations.next(Way::Relay, table.clock.steady()), other);
}

TEST(Destinations, AreForgottenWhenNobodyGoesThere) {
    Table table;
    const auto other = table.destinations.join("mx:other.example");
    EXPECT_EQ(table.destinations.known(), 2u);
    table.destinations.leave(other, table.clock.steady());
    EXPECT_EQ(table.destinations.known(), 1u);
    EXPECT_EQ(table.destinations.join("mx:third.example"), other);
}

}  // namespace
}  // namespace qmgr
