#pragma once
// The real Worker: one thread. Jobs run in order; `done` goes back to the event loop through `post`, which must be
// callable from any thread:
//
//   file::ThreadWorker worker([&](std::move_only_function<void()> done) { boost::asio::post(loop, std::move(done)); });

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "file/disk.h"

namespace file {

class ThreadWorker final : public Worker {
public:
    using Post = std::function<void(std::move_only_function<void()>)>;

    explicit ThreadWorker(Post post);
    ThreadWorker(const ThreadWorker&) = delete;
    ThreadWorker& operator=(const ThreadWorker&) = delete;
    /// Waits for the job that runs; those behind it are dropped, as a crash would drop them.
    ~ThreadWorker() override;

    void run(std::move_only_function<void()> job, std::move_only_function<void()> done) override;

private:
    struct Errand {
        std::move_only_function<void()> job;
        std::move_only_function<void()> done;
    };
    void work(const std::stop_token& stopped);

    Post post_;
    std::mutex mutex_;
    std::condition_variable_any arrived_;
    std::deque<Errand> errands_;
    std::jthread thread_;  // last: it uses the others
};

}  // namespace file
