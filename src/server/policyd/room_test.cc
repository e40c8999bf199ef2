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
    std::vector<int> served;

    void take(int who, std::size_t octets) {
        auto work = [](RoomTest& test, int number, std::size_t wanted) -> net::Task<void> {
            auto share = co_await test.room.take(wanted);
            test.shares[static_cast<std::size_t>(number)].emplace(std::move(share));
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
