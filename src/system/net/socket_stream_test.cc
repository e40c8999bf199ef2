#include "net/socket_stream.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>

#include "net/stop.h"

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

struct Ends {
    explicit Ends(asio::io_context& context) {
        std::array<int, 2> both{};
        EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, both.data()), 0);
        stream = std::make_unique<net::SocketStream>(context, file::Descriptor(both[0]), std::nullopt);
        other = file::Descriptor(both[1]);
    }
    std::unique_ptr<net::SocketStream> stream;
    file::Descriptor other;
};

/// Runs one conversation and says how it ended: "done", or why it is gone.
template <typename Conversation>
std::string outcome(asio::io_context& context, Conversation conversation) {
    std::string how;
    auto root = [&context](Conversation& run, std::string& ended) -> net::Task<void> {
        try {
            co_await run();
            ended = "done";
        } catch (const net::Gone& gone) {
            constexpr const char* names[] = {"closed", "timed out", "stopping", "failed"};
            ended = names[static_cast<int>(gone.why)];
        }
        context.stop();  // an open stream's deadline would keep it running
    };
    asio::co_spawn(context, root(conversation, how), asio::detached);
    context.run_for(5s);
    return how;
}

}  // namespace

TEST(SocketStream, ReadsWhatIsThereAndNoMoreThanAsked) {
    asio::io_context context;
    Ends ends(context);
    ASSERT_EQ(::write(ends.other.get(), "EHLO a\r\n", 8), 8);
    std::string buffer = "kept ";
    auto conversation = [&]() -> net::Task<void> {
        co_await ends.stream->read_some(buffer, 4);
        EXPECT_EQ(buffer, "kept EHLO");
        EXPECT_TRUE(ends.stream->has_unread());
        co_await ends.stream->read_some(buffer, 100);
        EXPECT_EQ(buffer, "kept EHLO a\r\n");
        EXPECT_FALSE(ends.stream->has_unread());
    };
    EXPECT_EQ(outcome(context, conversation), "done");
}

TEST(SocketStream, WritesMoreThanTheSocketHolds) {
    asio::io_context context;
    Ends ends(context);
    const std::string octets(4'000'000, 'o');
    std::size_t received = 0;
    asio::steady_timer drain(context);
    std::function<void()> take = [&] {
        std::array<char, 100'000> part;
        const ssize_t got = ::recv(ends.other.get(), part.data(), part.size(), MSG_DONTWAIT);
        if (got > 0) received += static_cast<std::size_t>(got);
        if (received == octets.size()) return;
        drain.expires_after(1ms);
        drain.async_wait([&](auto) { take(); });
    };
    take();
    EXPECT_EQ(outcome(context, [&]() -> net::Task<void> { co_await ends.stream->write(octets); }), "done");
    std::string rest(octets.size(), '\0');
    const ssize_t left = ::recv(ends.other.get(), rest.data(), rest.size(), MSG_DONTWAIT);
    EXPECT_EQ(received + static_cast<std::size_t>(std::max<ssize_t>(left, 0)), octets.size());
}

// RFC 5321 §4.5.3.2: every phase has its timeout, on both directions.
TEST(SocketStream, GivesUpAtTheDeadline) {
    asio::io_context context;
    Ends ends(context);
    ends.stream->set_timeout(100ms);
    std::string buffer;
    const auto began = std::chrono::steady_clock::now();
    EXPECT_EQ(outcome(context, [&]() -> net::Task<void> { co_await ends.stream->read_some(buffer, 100); }),
              "timed out");
    const auto took = std::chrono::steady_clock::now() - began;
    EXPECT_GE(took, 100ms);
    EXPECT_LT(took, 1s);
    EXPECT_EQ(buffer.capacity(), std::string().capacity());  // waiting took no buffer

    context.restart();
    const std::string octets(4'000'000, 'o');
    EXPECT_EQ(outcome(context, [&]() -> net::Task<void> { co_await ends.stream->write(octets); }), "timed out");
}

// Hostile: an octet now and then keeps every timeout of a single read.
TEST(SocketStream, ADeadlineIsForAllReads) {
    asio::io_context context;
    Ends ends(context);
    asio::steady_timer drip(context);
    std::function<void()> send = [&] {
        if (::send(ends.other.get(), "x", 1, MSG_NOSIGNAL) < 0) return;
        drip.expires_after(10ms);
        drip.async_wait([&](auto) { send(); });
    };
    send();
    std::string buffer;
    const auto began = std::chrono::steady_clock::now();
    auto conversation = [&]() -> net::Task<void> {
        ends.stream->set_timeout(60s);
        ends.stream->set_deadline(200ms);
        for (;;) co_await ends.stream->read_some(buffer, 100);
    };
    EXPECT_EQ(outcome(context, conversation), "timed out");
    EXPECT_GE(std::chrono::steady_clock::now() - began, 200ms);
}

TEST(SocketStream, ADeadlineEndsWhatWaitsAlready) {
    for (const bool is_read : {true, false}) {
        asio::io_context context;
        Ends ends(context);
        ends.stream->set_timeout(60s);
        ends.stream->set_deadline(60s);
        asio::steady_timer timer(context, 20ms);
        timer.async_wait([&](auto) { ends.stream->set_deadline(50ms); });
        std::string buffer;
        const std::string octets(4'000'000, 'o');
        auto conversation = [&]() -> net::Task<void> {
            if (is_read)
                co_await ends.stream->read_some(buffer, 100);
            else
                co_await ends.stream->write(octets);
        };
        EXPECT_EQ(outcome(context, conversation), "timed out");
    }
}

TEST(SocketStream, DeadlinesMove) {
    asio::io_context context;
    Ends ends(context);
    std::string buffer;
    auto conversation = [&]() -> net::Task<void> {
        ends.stream->set_timeout(60s);  // far away, then near
        EXPECT_EQ(::write(ends.other.get(), "x", 1), 1);
        co_await ends.stream->read_some(buffer, 100);
        ends.stream->set_timeout(100ms);
        co_await ends.stream->read_some(buffer, 100);
    };
    EXPECT_EQ(outcome(context, conversation), "timed out");
    EXPECT_EQ(buffer, "x");
}

TEST(SocketStream, SaysWhenThePeerIsGone) {
    asio::io_context context;
    Ends ends(context);
    ends.other.close();
    std::string buffer;
    EXPECT_EQ(outcome(context, [&]() -> net::Task<void> { co_await ends.stream->read_some(buffer, 1); }), "closed");
    context.restart();
    EXPECT_EQ(outcome(context, [&]() -> net::Task<void> { co_await ends.stream->write("x"); }), "closed");
}

// RFC 5321 §3.8: whoever waits for a command is told 421; whoever is in the middle of a reply finishes.
TEST(SocketStream, StopsBetweenCommands) {
    asio::io_context context;
    Ends ends(context);
    std::string buffer;
    asio::steady_timer timer(context, 20ms);
    timer.async_wait([&](auto) { net::stop_reading(context); });
    auto conversation = [&]() -> net::Task<void> {
        bool stopped = false;
        try {
            co_await ends.stream->read_some(buffer, 100);
        } catch (const net::Gone& gone) {
            stopped = gone.why == net::Gone::Why::Stopping;
        }
        EXPECT_TRUE(stopped);
        co_await ends.stream->write("421 4.3.2 bye\r\n");
        EXPECT_EQ(::write(ends.other.get(), "QUIT", 4), 4);
        co_await ends.stream->read_some(buffer, 100);  // what has arrived already is still read
        co_await ends.stream->read_some(buffer, 100);
    };
    EXPECT_EQ(outcome(context, conversation), "stopping");
    EXPECT_EQ(buffer, "QUIT");
    char said[64];
    EXPECT_EQ(::recv(ends.other.get(), said, sizeof said, 0), 15);
}

TEST(SocketStream, ManyWaitCheaplyAndMayDieWithTheLoop) {
    auto context = std::make_unique<asio::io_context>();
    auto wait = [](std::unique_ptr<net::SocketStream> stream) -> net::Task<void> {
        std::string buffer;
        co_await stream->read_some(buffer, 100);
    };
    std::vector<file::Descriptor> others;
    for (int i = 0; i < 300; ++i) {
        Ends ends(*context);
        ends.stream->set_timeout(std::chrono::seconds(1 + i));
        others.push_back(std::move(ends.other));
        asio::co_spawn(*context, wait(std::move(ends.stream)), asio::detached);
    }
    context->run_for(50ms);
    context.reset();  // coroutines and their streams go down with it
}

TEST(Deadlines, AStreamIsSmall) { EXPECT_LE(sizeof(net::SocketStream), 256u); }
