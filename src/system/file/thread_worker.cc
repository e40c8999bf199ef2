#include "file/thread_worker.h"

#include <csignal>

namespace file {

ThreadWorker::ThreadWorker(Post post) : post_(std::move(post)) {
    // Signals belong to the event loop's thread.
    sigset_t all, before;
    sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    thread_ = std::jthread([this](const std::stop_token& stopped) { work(stopped); });
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

ThreadWorker::~ThreadWorker() {
    thread_.request_stop();
    thread_.join();
}

void ThreadWorker::run(std::move_only_function<void()> job, std::move_only_function<void()> done) {
    {
        std::lock_guard lock(mutex_);
        errands_.push_back({std::move(job), std::move(done)});
    }
    arrived_.notify_one();
}

void ThreadWorker::work(const std::stop_token& stopped) {
    while (true) {
        Errand errand;
        {
            std::unique_lock lock(mutex_);
            if (!arrived_.wait(lock, stopped, [&] { return !errands_.empty(); })) return;
            if (stopped.stop_requested()) return;
            errand = std::move(errands_.front());
            errands_.pop_front();
        }
        errand.job();
        errand.job = nullptr;  // what the job owned ends on this thread, before `done` runs on the other
        post_(std::move(errand.done));
    }
}

}  // namespace file
