#pragma once
// Threads that look at passwords: argon2 takes a processor for a tenth of a second, and others wait for answers
// meanwhile. So many at a time, so many waiting, and no more.

#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include "directory/credentials.h"
#include "file/thread_worker.h"

namespace directory {

class Checkers {
public:
    using Job = std::move_only_function<void(Credentials&)>;

    virtual ~Checkers() = default;
    /// `job` runs on a thread, then `done` in the event loop. False: too many are waiting already.
    virtual bool run(Job job, std::move_only_function<void()> done) = 0;
};

class CheckerThreads final : public Checkers {
public:
    using Make = std::function<std::unique_ptr<Credentials>()>;

    CheckerThreads(file::ThreadWorker::Post post, std::size_t threads, std::size_t most_waiting, const Make& make);

    bool run(Job job, std::move_only_function<void()> done) override;

private:
    struct Checker {
        std::unique_ptr<Credentials> credentials;
        std::size_t jobs = 0;
        std::unique_ptr<file::ThreadWorker> thread;  // last: it uses the others
    };
    std::size_t most_;
    std::size_t jobs_ = 0;
    std::vector<std::unique_ptr<Checker>> checkers_;
};

}  // namespace directory
