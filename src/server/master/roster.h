#pragma once
// The processes of the server, and who of them talks to whom.

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include "master/child.h"
#include "master/plan.h"

namespace master {

struct Child {
    using Clock = std::chrono::steady_clock;

    Child(boost::asio::io_context& context, process::Role role_, std::uint8_t index_)
        : role(role_), index(index_), timer(context) {}

    const process::Role role;
    const std::uint8_t index;
    pid_t pid = 0;               // 0: not running
    std::unique_ptr<Line> line;  // while it runs and listens
    bool is_ready = false;
    bool was_started = false;
    bool is_killed = false;    // by us, because it took too long to end
    std::int64_t started = 0;  // milliseconds since 1970
    std::uint32_t restarts = 0;
    std::uint32_t missing_fences = 0;
    boost::asio::steady_timer timer;  // until it is started anew, or killed because it does not leave

    /// To be called when it has died: how long to wait before the next start.
    std::chrono::milliseconds note_death(Clock::time_point now);
    /// It dies so often that somebody should look: once for each minute of that.
    bool is_alarming(Clock::time_point now);
    process::ProcessLine line_for_admind() const;

    Clock::time_point began;
    int quick_deaths = 0;                  // in a row
    std::deque<Clock::time_point> deaths;  // of the last minute
    Clock::time_point alarmed;
};

class Roster {
public:
    /// Every process the plan asks for; none runs yet. In the order in which they are to be started.
    Roster(boost::asio::io_context& context, const Plan& plan);

    std::vector<std::unique_ptr<Child>>& all() { return children_; }
    Child* find(process::Role role, std::uint8_t index);
    bool all_ready(std::initializer_list<process::Role> roles) const;
    bool all_ready() const;
    bool any_running(std::initializer_list<process::Role> roles) const;
    bool any_running() const;
    void for_each(process::Role role, const std::function<void(Child&)>& visit);

    /// Makes a pair of sockets with each neighbour of `child` that runs: one end goes to each, as an order Peer. False,
    /// and errno says why: it was not introduced to all of them, and is of no use.
    bool introduce(Child& child);

private:
    std::vector<std::unique_ptr<Child>> children_;
};

}  // namespace master
