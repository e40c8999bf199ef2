#pragma once
// qmgr's end. The edges have gone by then; what they reported last is judged, and everything is written down.

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>

#include "file/disk.h"
#include "spool/spool.h"

namespace qmgr {

class Queue;
class Wiring;

class Farewell {
public:
    Farewell(boost::asio::io_context& context, Queue& queue, const Wiring& wiring, spool::Spool& spool,
             file::Worker& commits)
        : context_(context), queue_(queue), wiring_(wiring), spool_(spool), commits_(commits), timer_(context) {}

    /// Stops the loop in the end, within that time unless the disk is slower.
    void begin(std::chrono::milliseconds time);

private:
    void wait();
    void finish(int rounds);

    boost::asio::io_context& context_;
    Queue& queue_;
    const Wiring& wiring_;
    spool::Spool& spool_;
    file::Worker& commits_;
    boost::asio::steady_timer timer_;
    std::chrono::steady_clock::time_point patience_ends_;
};

}  // namespace qmgr
