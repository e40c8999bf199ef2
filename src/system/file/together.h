#pragma once
// Blocking jobs that belong together: syncs, above all. A disk that is asked to flush by several writers at once
// flushes once for all of them, so ten syncs side by side take about as long as one.

#include <cstddef>
#include <functional>
#include <span>

namespace file {

class Together {
public:
    using Job = std::move_only_function<void()>;

    virtual ~Together() = default;
    /// Comes back when all have ended; in whatever order. No job may throw.
    virtual void run(std::span<Job> jobs) = 0;
};

/// In their order, on this thread: for tests and the simulator.
class OneByOne final : public Together {
public:
    void run(std::span<Job> jobs) override;
};

/// On so many threads at most, this one among them. Where no thread is to be had, this one does it all.
class SideBySide final : public Together {
public:
    explicit SideBySide(std::size_t threads) : threads_(threads) {}
    void run(std::span<Job> jobs) override;

private:
    std::size_t threads_;
};

}  // namespace file
