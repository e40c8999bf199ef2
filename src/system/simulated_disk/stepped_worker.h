#pragma once
// A Worker whose jobs run when the test says so, on the test's own thread.

#include <deque>

#include "file/disk.h"

namespace simulated_disk {

class SteppedWorker final : public file::Worker {
public:
    void run(std::move_only_function<void()> job, std::move_only_function<void()> done) override {
        waiting_.push_back({std::move(job), std::move(done)});
    }

    bool is_idle() const { return waiting_.empty() && finished_.empty(); }
    bool has_work() const { return !waiting_.empty(); }
    bool has_news() const { return !finished_.empty(); }

    /// Runs the oldest job; its `done` waits for deliver(). Between the two a crash leaves work that nobody heard of.
    void work() {
        Errand errand = std::move(waiting_.front());
        waiting_.pop_front();
        errand.job();
        finished_.push_back(std::move(errand.done));
    }
    void deliver() {
        auto done = std::move(finished_.front());
        finished_.pop_front();
        done();
    }
    /// One job and its `done`. False: there was nothing to do.
    bool step() {
        if (finished_.empty() && waiting_.empty()) return false;
        if (finished_.empty()) work();
        deliver();
        return true;
    }
    void run_until_idle() {
        while (step()) {
        }
    }
    /// The process is dead.
    void drop_all() {
        waiting_.clear();
        finished_.clear();
    }

private:
    struct Errand {
        std::move_only_function<void()> job;
        std::move_only_function<void()> done;
    };
    std::deque<Errand> waiting_;
    std::deque<std::move_only_function<void()>> finished_;
};

}  // namespace simulated_disk
