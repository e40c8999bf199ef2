#pragma once
// Threads for what blocks, each with something of its own (a connection, what is kept of passwords): so many jobs at a
// time, so many waiting, and no more.

#include <algorithm>
#include <cstddef>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "file/thread_worker.h"
#include "lang/wiping.h"

namespace directory {

template <typename Own>
class Pool {
public:
    using Job = std::move_only_function<void(Own&)>;
    using Make = std::function<std::unique_ptr<Own>()>;

    /// `post`: back into the event loop, from any thread.
    Pool(const file::ThreadWorker::Post& post, std::size_t threads, std::size_t most_waiting, const Make& make)
        : most_(threads + most_waiting) {
        for (std::size_t i = 0; i < threads; ++i) {
            auto thread = std::make_unique<Thread>();
            thread->own = make();
            thread->worker = std::make_unique<file::ThreadWorker>(post);
            threads_.push_back(std::move(thread));
        }
    }

    /// `job` runs on a thread, then `done` in the event loop. False: too many are waiting already.
    bool run(Job job, std::move_only_function<void()> done) {
        if (jobs_ >= most_) return false;
        auto& thread = **std::ranges::min_element(threads_, {}, [](const auto& one) { return one->jobs; });
        ++jobs_;
        ++thread.jobs;
        thread.worker->run(
            [&thread, job = std::move(job)]() mutable {
                job(*thread.own);
                wipe_stack();  // passwords are checked here
            },
            [this, &thread, done = std::move(done)]() mutable {
                --jobs_;
                --thread.jobs;
                done();
            });
        return true;
    }

private:
    struct Thread {
        std::unique_ptr<Own> own;
        std::size_t jobs = 0;
        std::unique_ptr<file::ThreadWorker> worker;  // last: it uses the others
    };
    std::size_t most_;
    std::size_t jobs_ = 0;
    std::vector<std::unique_ptr<Thread>> threads_;
};

}  // namespace directory
