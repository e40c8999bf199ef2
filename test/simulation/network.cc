#include "network.h"

namespace simulation {

net::Task<relay::Connected> Network::connect(relay::Place, milliseconds) {
    if (chaos_ > 0 && dice_.one_in(chaos_)) co_return std::unexpected("Connection refused");
    auto [ours, theirs] = net::memory_streams(context_);
    auto connection =
        std::make_shared<Connection>(Connection{std::move(theirs), RemoteServer(truth_, dice_, chaos_), {}, false});
    connections_.push_back(connection);
    boost::asio::co_spawn(context_, serve(connection), boost::asio::detached);
    co_return std::make_unique<TimedStream>(std::move(ours), connection, clock_);
}

net::Task<void> Network::serve(ConnectionPointer connection) {
    auto& [stream, server, deadline, is_over] = *connection;
    try {
        std::string output = server.greeting();
        while (true) {
            if (!output.empty()) co_await stream->write(output);
            if (server.has_hung_up()) break;
            std::string input;
            co_await stream->read_some(input, 64 * 1024);
            output = server.hear(input);
        }
    } catch (const net::Gone&) {
    }
    stream->close();
    is_over = true;
}

std::optional<clocks::Steady> Network::deadline() {
    std::optional<clocks::Steady> first;
    for (auto at = connections_.begin(); at != connections_.end();) {
        const auto& connection = **at;
        if (connection.deadline && (!first || *connection.deadline < *first)) first = connection.deadline;
        at = connection.is_over && !connection.deadline ? connections_.erase(at) : std::next(at);
    }
    return first;
}

void Network::expire() {
    for (const auto& connection : connections_) {
        if (!connection->deadline || *connection->deadline > clock_.steady()) continue;
        connection->deadline.reset();
        connection->theirs->interrupt(net::Gone::Why::TimedOut);
    }
}

void Network::cut() {
    for (const auto& connection : connections_) {
        if (connection->is_over || dice_.coin()) continue;
        static_cast<void>(connection->server.hear(connection->theirs->heard()));
    }
}

}  // namespace simulation
