#pragma once
// The checks under way and those that wait for a turn: started, limited in time, and answered.

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "authd/start.h"

namespace authd {

class Checks {
public:
    /// Hostile: directory asks for so many at a time, and no more wait.
    static constexpr std::size_t most_waiting = 1000;

    using Answer = std::function<void(const directory::Checked&)>;
    using Complain = std::function<void(const std::string&)>;

    Checks(boost::asio::io_context& context, site::Login login, bool becomes_user, Answer answer, Complain complain);
    Checks(const Checks&) = delete;
    Checks& operator=(const Checks&) = delete;

    void give(Check check);
    void replace(site::Login login) { login_ = std::move(login); }
    /// Nobody waits for the answers any more: what runs is killed, what waits is forgotten.
    void abandon();

private:
    struct Running {
        std::uint64_t ticket = 0;
        bool is_late = false;
        file::Descriptor reason;
        std::unique_ptr<boost::asio::steady_timer> timer;
    };

    void begin();
    void start_one(Check check);
    void watch_children();
    void reap();
    void finish(std::int64_t child, int status);
    void complain(const std::string& why);

    boost::asio::io_context& context_;
    site::Login login_;
    bool becomes_user_;
    Answer answer_;
    Complain complain_;
    boost::asio::signal_set deaths_;
    std::deque<Check> waiting_;
    std::map<std::int64_t, Running> running_;  // by child
    std::string complaint_;                    // the last one: the same is not repeated
};

}  // namespace authd
