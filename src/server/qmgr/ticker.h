#pragma once
// Calls tick() when the queue's deadline comes.

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <optional>

#include "clocks/clock.h"

namespace qmgr {

class Queue;

class Ticker {
public:
    Ticker(boost::asio::io_context& context, const clocks::Clock& clock) : clock_(clock), timer_(context) {}

    void use(Queue& queue) { queue_ = &queue; }
    /// After anything that may have changed the deadline.
    void arm();

private:
    const clocks::Clock& clock_;
    boost::asio::steady_timer timer_;
    Queue* queue_ = nullptr;
    std::optional<clocks::Steady> armed_for_;
};

}  // namespace qmgr
