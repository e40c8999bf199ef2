#include "net/memory_stream.h"

#include <gtest/gtest.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

namespace asio = boost::asio;

TEST(MemoryStream, CarriesBothWaysAndEnds) {
    asio::io_context context;
    auto [ours, theirs] = net::memory_streams(context);
    std::string ended;
    auto echo = [](net::Stream& stream, std::string& how) -> net::Task<void> {
        try {
            for (;;) {
                std::string line;
                co_await stream.read_some(line, 3);
                co_await stream.write("<" + line + ">");
            }
        } catch (const net::Gone& gone) {
            how = gone.what();
        }
    };
    asio::co_spawn(context, echo(*ours, ended), asio::detached);
    context.poll();
    theirs->say("abcde");
    context.restart();
    context.poll();
    EXPECT_EQ(theirs->heard(), "<abc><de>");
    theirs->close();
    context.restart();
    context.poll();
    EXPECT_EQ(ended, "connection closed");
    EXPECT_TRUE(theirs->is_closed());
}
