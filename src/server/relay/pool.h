#pragma once
// All connections to one destination, and the attempts that wait for one of them.
//
// A connection serves attempts as long as there are any, stays for a moment when there are none (idle_time), and says
// QUIT. New ones are opened as attempts pile up, a few at a time: each that becomes ready opens the next while work is
// left. When no connection can be had at all, everything that waits is answered at once.
//
// The rule that must hold: every Job handed to add() is reported exactly once, unless it is forgotten. A Job is owned
// by the queue or by one connection, and finish() consumes it.
//
// No clock, no randomness and no sockets of its own: Means has them; time passes by tick().

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <string>

#include "relay/connect.h"
#include "relay/destination.h"
#include "relay/job.h"

namespace relay {

class Pool {
public:
    using Report = std::function<void(qmgr::AttemptDone done)>;

    Pool(boost::asio::io_context& context, Means& means, const Report& report, Destination destination,
         std::uint32_t most);
    Pool(const Pool&) = delete;
    Pool& operator=(const Pool&) = delete;
    ~Pool();

    void add(std::unique_ptr<Job> job);
    void set_most(std::uint32_t most);
    /// To be called now and then: idle connections end, and slow ones get company.
    void tick();

    /// Finish what is being sent, give back what waits.
    void stop();
    /// End every conversation, as if the servers had gone.
    void abandon();
    /// The same, and nobody wants to hear of any attempt so far: whoever ordered them is gone, and his successor orders
    /// them anew.
    void forget();

    /// Whether any attempt is open here.
    bool is_sending() const;
    /// Whether there is a connection with a server at its other end; one that is still being made does not count.
    bool is_conversing() const;
    bool is_empty() const { return waiting_.empty() && connections_.empty(); }
    std::size_t waiting() const { return waiting_.size(); }
    std::size_t connections() const { return connections_.size(); }

private:
    struct Connection;
    /// The coroutine of a connection may be unwound when the pool is gone already: with its event loop.
    using Shared = std::shared_ptr<Connection>;

    void attend_to_waiting();
    bool wake_idle();
    void open_connection();
    net::Task<void> run(Shared connection);
    net::Task<void> serve(Shared connection);
    void ended(const Shared& connection);
    void could_not_open(const Verdict& verdict);
    void finish(std::unique_ptr<Job> job);
    void give_back(std::unique_ptr<Job> job);
    void answer_waiting(const Verdict& verdict);
    std::unique_ptr<Job> take_waiting();
    std::size_t limit() const;
    bool may_open() const;

    boost::asio::io_context& context_;
    Means& means_;
    const Report& report_;
    Destination destination_;
    std::uint32_t most_;
    std::deque<std::unique_ptr<Job>> waiting_;
    std::list<Shared> connections_;
    std::size_t opening_ = 0;
    std::uint32_t most_for_now_ = 0;  // 0: no limit but the others; else the server let us have no more than this
    clocks::Steady limited_until_{};
    bool is_stopping_ = false;
};

}  // namespace relay
