#pragma once
// The network between one relay process and the servers of the world: connections in memory, deadlines in virtual time.

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <list>
#include <memory>
#include <optional>

#include "net/memory_stream.h"
#include "relay/connect.h"
#include "remote_server.h"
#include "virtual_clock.h"

namespace simulation {

/// The relay's end and the server behind the other.
struct Connection {
    std::unique_ptr<net::MemoryStream> theirs;
    RemoteServer server;
    std::optional<clocks::Steady> deadline;  // of the read that waits
    bool is_over = false;
};
using ConnectionPointer = std::shared_ptr<Connection>;  // the network, the server's coroutine, the relay's stream

class TimedStream final : public net::Stream {
public:
    TimedStream(std::unique_ptr<net::MemoryStream> inner, ConnectionPointer connection, const VirtualClock& clock)
        : inner_(std::move(inner)), connection_(std::move(connection)), clock_(clock) {}
    ~TimedStream() override { inner_->close(); }

    void set_timeout(milliseconds timeout) override { timeout_ = timeout; }
    void set_deadline(milliseconds from_now) override {
        until_ = clock_.steady() + from_now;
        if (connection_->deadline) connection_->deadline = std::min(*connection_->deadline, until_);
    }
    net::Task<void> read_some(std::string& buffer, std::size_t most) override {
        connection_->deadline = std::min(clock_.steady() + timeout_, until_);
        co_await inner_->read_some(buffer, most);
        connection_->deadline.reset();
    }
    net::Task<void> write(std::string_view bytes) override { return inner_->write(bytes); }
    bool has_unread() const override { return inner_->has_unread(); }
    void close() override {
        connection_->deadline.reset();
        inner_->close();
    }

private:
    std::unique_ptr<net::MemoryStream> inner_;
    ConnectionPointer connection_;
    const VirtualClock& clock_;
    milliseconds timeout_ = std::chrono::minutes(5);
    clocks::Steady until_ = clocks::Steady::max();
};

class Network final : public relay::Connector {
public:
    Network(boost::asio::io_context& context, Truth& truth, Dice& dice, const VirtualClock& clock,
            const std::uint64_t& chaos)
        : context_(context), truth_(truth), dice_(dice), clock_(clock), chaos_(chaos) {}

    net::Task<relay::Connected> connect(relay::Place, milliseconds) override;

    /// The next moment at which some read has waited long enough; expire() then ends it.
    std::optional<clocks::Steady> deadline();
    void expire();
    /// The relay is dead. What it had sent is on its way all the same: servers hear it, or not.
    void cut();

private:
    static net::Task<void> serve(ConnectionPointer connection);

    boost::asio::io_context& context_;
    Truth& truth_;
    Dice& dice_;
    const VirtualClock& clock_;
    const std::uint64_t& chaos_;
    std::list<ConnectionPointer> connections_;
};

}  // namespace simulation
