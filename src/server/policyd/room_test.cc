#include "policyd/room.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <optional>
#include <vector>

namespace policyd {
namespace {

struct RoomTest : testing::Test {
    boost::asio::io_context context;
    Room room{100};
    std::vector<std::optional<Room::Share>> shares = std::vector<std::optional<Room::Share>>(4);
    std::vector<int> served, turned_away;
    std::chrono::steady_clock::time_point until = std::chrono::steady_clock::now() + std::chrono::hours(1);

    void take(int who, std::size_t octets) {
        auto work = [](RoomTest& test, int number, std::size_t wanted) -> net::Task<void> {
            auto share = co_await test.room.take(wanted, test.until);
            if (!share) {
                test.turned_away.push_back(number);
                co_return;
            }
            test.shares[static_cast<std::size_t>(number)].emplace(*std::move(share));
            test.served.push_back(number);
        };
        boost::asio::co_spawn(context, work(*this, who, octets), boost::asio::detached);
        turn();
    }
    void turn() {
        for (int i = 0; i < 10; ++i) context.poll(), context.restart();
    }
};

TEST_F(RoomTest, ServesWhoComesFirst) {
    take(0, 60);
    take(1, 50);
    take(2, 10);
    EXPECT_EQ(served, std::vector<int>{0}) << "who needs little does not pass by";
    shares[0]->shrink_to(50);
    turn();
    EXPECT_EQ(served, (std::vector<int>{0, 1}));
    shares[1].reset();
    turn();
    EXPECT_EQ(served, (std::vector<int>{0, 1, 2}));
    for (auto& share : shares) share.reset();
    EXPECT_EQ(room.free(), 100u);
}

TEST_F(RoomTest, NobodyWaitsBeyondHisTime) {
    take(0, 90);
    until = std::chrono::steady_clock::now();
    take(1, 50);
    until += std::chrono::hours(1);
    take(2, 10);
    while (turned_away.empty()) context.run_one(), context.restart();
    turn();
    EXPECT_EQ(turned_away, std::vector<int>{1});
    EXPECT_EQ(served, (std::vector<int>{0, 2})) << "those behind him have their turn";
    shares[0].reset();
    shares[2].reset();
    EXPECT_EQ(room.free(), 100u);
}

TEST_F(RoomTest, SoManyWaitAndNoMore) {
    take(0, 100);
    for (std::size_t i = 0; i < Room::most_waiting; ++i) {
        auto work = [](RoomTest& test) -> net::Task<void> { auto share = co_await test.room.take(1, test.until); };
        boost::asio::co_spawn(context, work(*this), boost::asio::detached);
    }
    turn();
    EXPECT_EQ(room.waiting(), Room::most_waiting);
    take(1, 1);
    EXPECT_EQ(turned_away, std::vector<int>{1});
    shares[0].reset();
    turn();
    EXPECT_EQ(room.free(), 100u);
}

TEST_F(RoomTest, LetsInWhatIsLargerThanIt) {
    take(0, 1'000'000);
    take(1, 1);
    EXPECT_EQ(served, std::vector<int>{0});
    shares[0].reset();
    turn();
    EXPECT_EQ(served, (std::vector<int>{0, 1}));
}

}  // namespace
}  // namespace policyd
