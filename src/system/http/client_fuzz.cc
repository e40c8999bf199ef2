#include "http/client.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <optional>

#include "fuzz.h"
#include "http/server.h"
#include "net/memory_stream.h"

namespace {

constexpr http::Limits limits{.head = 1024, .body = 512};

net::Task<void> ask(net::Stream& stream, bool& is_over) {
    try {
        const auto response = co_await http::exchange(stream, {.host = "a.example", .target = "/"}, limits);
        VERIFY(!response || response->body.size() <= limits.body);
        VERIFY(!response || response->status >= 200);
    } catch (const net::Gone&) {
    }
    is_over = true;
}

net::Task<void> hear(net::Stream& stream, bool& is_over) {
    try {
        const auto asked = co_await http::read_request(stream);
        VERIFY(!asked || (asked->target.size() <= 8 * 1024 && asked->body.size() <= 16 * 1024));
    } catch (const net::Gone&) {
    }
    is_over = true;
}

template <typename Side>
void hold(std::string_view input, Side side) {
    boost::asio::io_context context;
    auto [ours, theirs] = net::memory_streams(context);
    bool is_over = false;
    boost::asio::co_spawn(context, side(*ours, is_over), boost::asio::detached);
    context.poll();  // until it has asked
    theirs->say(input);
    theirs->close();
    context.run();
    VERIFY(is_over);
}

}  // namespace

// Whatever the other end says before it closes: it comes to an end, within the limits.
FUZZ(input) {
    hold(input, ask);
    hold(input, hear);
}
