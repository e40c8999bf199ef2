#include "directory/checkers.h"

#include <algorithm>
#include <utility>

namespace directory {

CheckerThreads::CheckerThreads(file::ThreadWorker::Post post, std::size_t threads, std::size_t most_waiting,
                               const Make& make)
    : most_(threads + most_waiting) {
    for (std::size_t i = 0; i < threads; ++i) {
        auto checker = std::make_unique<Checker>();
        checker->credentials = make();
        checker->thread = std::make_unique<file::ThreadWorker>(post);
        checkers_.push_back(std::move(checker));
    }
}

bool CheckerThreads::run(Job job, std::move_only_function<void()> done) {
    if (jobs_ >= most_) return false;
    auto& checker = **std::ranges::min_element(checkers_, {}, [](const auto& one) { return one->jobs; });
    ++jobs_;
    ++checker.jobs;
    checker.thread->run([&checker, job = std::move(job)]() mutable { job(*checker.credentials); },
                        [this, &checker, done = std::move(done)]() mutable {
                            --jobs_;
                            --checker.jobs;
                            done();
                        });
    return true;
}

}  // namespace directory
