#include "file/together.h"

#include <algorithm>
#include <atomic>
#include <system_error>
#include <thread>
#include <vector>

namespace file {

void OneByOne::run(std::span<Job> jobs) {
    for (auto& job : jobs) job();
}

void SideBySide::run(std::span<Job> jobs) {
    std::atomic<std::size_t> next = 0;
    const auto work = [&] {
        while (true) {
            const auto mine = next.fetch_add(1);
            if (mine >= jobs.size()) return;
            jobs[mine]();
        }
    };
    std::vector<std::jthread> helpers;
    try {
        while (helpers.size() + 1 < std::min(threads_, jobs.size())) helpers.emplace_back(work);
    } catch (const std::system_error&) {  // no more of them: RLIMIT_NPROC, memory
    }
    work();
}

}  // namespace file
