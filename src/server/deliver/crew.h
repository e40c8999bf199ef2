#pragma once
// The workers: who is at work for which owner, and whose mail waits for one.
//
// One worker for an owner at a time, `most` in all; an idle one ends after a while, or at once when another owner
// waits. Jobs leave in batches: what gathers while a worker is busy is its next one. A worker that dies or does not
// answer costs the jobs it had (Result::Lost), and nobody else anything; while a stuck one lives on (a dead file
// server), its owner's further mail is answered as Lost at once.

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <deque>
#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "deliver/job.h"
#include "deliver/worker.h"
#include "ipc/link.h"

namespace deliver {

class Crew {
public:
    struct Rules {
        std::size_t most = 20;
        std::size_t batch = 64;              // jobs a worker has at a time
        std::chrono::seconds idle{10};       // before a worker without work ends
        std::chrono::seconds patience{330};  // with a worker that reports nothing; longer than its own
    };
    struct Handlers {
        std::function<std::expected<Started, std::string>(const Owner&)> start;
        std::function<void(Report)> on_report;                          // exactly one for each job
        std::function<void(const Owner&, std::string why)> on_trouble;  // for the log
    };

    Crew(boost::asio::io_context& context, Rules rules, Handlers handlers);
    Crew(const Crew&) = delete;
    Crew& operator=(const Crew&) = delete;

    void give(const Owner& owner, Job job);
    /// Forgets the jobs that no worker has yet; their tickets. There will be no report about them.
    std::vector<std::uint64_t> drop_waiting();
    std::size_t workers() const { return at_work_; }

private:
    using Link = ipc::Link<FromWorker, ToWorker>;
    enum class State : std::uint8_t { None, Queued, Working, Idle, Stuck };
    struct Desk {
        State state = State::None;
        std::deque<Job> waiting;
        std::unordered_map<std::uint64_t, bool> open;  // tickets at the worker
        std::unique_ptr<Link> link;
        std::int64_t pid = 0;
        std::unique_ptr<boost::asio::steady_timer> timer;
    };

    void find_workers();
    bool make_room();
    void start(const Owner& owner, Desk& desk);
    void send_batch(const Owner& owner, Desk& desk);
    void take(const Owner& owner, Report report);
    void batch_is_done(const Owner& owner, Desk& desk);
    void retire(const Owner& owner, Desk& desk);
    void lose_worker(Owner owner, std::string why);
    void lose_jobs(Desk& desk);
    void set_timer(const Owner& owner, Desk& desk, std::chrono::seconds delay);
    void time_is_up(const Owner& owner);
    void forget_if_empty(const Owner& owner);
    void reap();

    boost::asio::io_context& context_;
    Rules rules_;
    Handlers handlers_;
    std::map<Owner, Desk> desks_;
    std::deque<Owner> in_line_;       // owners with mail and without a worker
    std::size_t at_work_ = 0;         // working or idle, not stuck
    std::deque<std::int64_t> ended_;  // processes to be waited for
    boost::asio::steady_timer reaper_;
};

}  // namespace deliver
