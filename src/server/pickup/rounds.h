#pragma once
// When pickup looks: as soon as inotify tells of a new name, at the start, and once a minute for what was missed or had
// to wait.

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <optional>
#include <string>

#include "pickup/backlog.h"
#include "pickup/intake.h"

namespace pickup {

class Rounds {
public:
    Rounds(boost::asio::io_context& context, Around& around, file::Descriptor watch);
    Rounds(const Rounds&) = delete;
    Rounds& operator=(const Rounds&) = delete;

    void start();
    /// Takes in nothing more; what is under way ends first.
    void stop() { stopping_ = true; }
    bool is_idle() const { return backlog_.open() == 0 && !is_sync_near_; }

private:
    net::Task<void> scan_now_and_then();
    net::Task<void> follow_watch();
    net::Task<void> take_in(Backlog::Name name);
    void scan();
    void notice(const std::string& name);
    void sync_soon();
    void begin();

    boost::asio::io_context& context_;
    Around& around_;
    std::optional<boost::asio::posix::stream_descriptor> watch_;
    boost::asio::steady_timer timer_;
    boost::asio::steady_timer sync_timer_;
    bool is_sync_near_ = false;
    Backlog backlog_{Backlog::Limits{}};
    bool was_cut_short_ = false;  // the last scan met an owner with too many files
    bool stopping_ = false;
};

}  // namespace pickup
