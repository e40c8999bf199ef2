#pragma once
// The programs under way and those that wait for a turn: started, limited in time, heard, and answered for.

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "deliver/inbox.h"
#include "runner/inbox.h"
#include "runner/start.h"

namespace runner {

constexpr std::size_t most_output = 4096;  // octets that are kept

class Programs {
public:
    struct Rules {
        std::size_t most = 10;  // at a time
        Limits limits;
        bool becomes_user = false;
    };
    using Answer = std::function<void(const deliver::Ended&)>;

    Programs(boost::asio::io_context& context, Rules rules, Answer answer);
    Programs(const Programs&) = delete;
    Programs& operator=(const Programs&) = delete;

    void give(Run order);
    /// With these words in place of the command's, on somebody else's behalf: `answer` is for this one alone.
    void give(Run order, std::vector<std::string> words, Answer answer);
    void replace(Rules rules) { rules_ = rules; }
    /// deliver waits for its answers no more: what runs for it is killed, what waits is forgotten.
    void abandon();
    /// Likewise everything.
    void abandon_all();

private:
    struct Wanted {
        Run order;
        std::vector<std::string> words;
        Answer answer;  // none: deliver's
    };
    struct Running {
        std::uint64_t ticket = 0;
        Answer answer;
        std::string output;
        bool is_late = false;
        std::unique_ptr<boost::asio::posix::stream_descriptor> pipe;
        std::unique_ptr<boost::asio::steady_timer> timer;
        char piece[1024] = {};
    };

    void begin();
    void start_one(const Wanted& wanted);
    void listen(std::int64_t keeper);
    void keep_output(Running& running, std::size_t length);
    void watch_children();
    void reap();
    void finish(std::int64_t keeper, int status);

    boost::asio::io_context& context_;
    Rules rules_;
    Answer answer_;
    boost::asio::signal_set deaths_;
    std::deque<Wanted> waiting_;
    std::map<std::int64_t, std::unique_ptr<Running>> running_;  // by keeper
};

}  // namespace runner
