#include "directory/checkers.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>

#include "directory/testing/known_credentials.h"

namespace directory {
namespace {

/// Where `done` waits until somebody asks for it.
class Arrivals {
public:
    file::ThreadWorker::Post post() {
        return [this](std::move_only_function<void()> done) {
            {
                const std::lock_guard lock(mutex_);
                arrived_.push_back(std::move(done));
            }
            changed_.notify_one();
        };
    }
    void take() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return !arrived_.empty(); });
        auto done = std::move(arrived_.front());
        arrived_.pop_front();
        lock.unlock();
        done();
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<std::move_only_function<void()>> arrived_;
};

/// A job that lasts until it is let go.
struct Gate {
    std::mutex mutex;
    std::condition_variable opened;
    bool is_open = false;

    void wait() {
        std::unique_lock lock(mutex);
        opened.wait(lock, [&] { return is_open; });
    }
    void open() {
        {
            const std::lock_guard lock(mutex);
            is_open = true;
        }
        opened.notify_all();
    }
};

std::unique_ptr<Credentials> make() { return std::make_unique<directory::testing::KnownCredentials>(); }

// Hostile: whoever fills the queue of strangers, or stops one source, keeps nobody else waiting.
TEST(Checkers, EachLaneIsItsOwn) {
    using enum Checkers::Lane;
    Arrivals arrivals;
    Gate gate;
    std::string done;
    {
        CheckerThreads own(arrivals.post(), 1, 1, make), others(arrivals.post(), 1, 1, make);
        CheckersByDomain checkers("l.test", own);
        checkers.add({"others.test"}, others);
        const auto run = [&](Checkers::Lane lane, std::string_view user, bool lasts, char letter) {
            return checkers.run(
                lane, user,
                [&gate, lasts](Credentials&) {
                    if (lasts) gate.wait();
                },
                [&done, letter] { done += letter; });
        };
        EXPECT_TRUE(run(Strangers, "x@others.test", true, 'a'));
        EXPECT_TRUE(run(Strangers, "x@Others.Test", true, 'b'));
        EXPECT_FALSE(run(Strangers, "x@others.test", true, '!')) << "one runs, one waits";
        EXPECT_TRUE(run(Members, "x@others.test", false, 'c'));
        arrivals.take();
        EXPECT_TRUE(run(Strangers, "x@a.test", false, 'd'));
        arrivals.take();
        EXPECT_TRUE(run(Strangers, "x", false, 'e'));
        arrivals.take();
        EXPECT_EQ(done, "cde");
        gate.open();
        arrivals.take();
        arrivals.take();
        EXPECT_EQ(done, "cdeab");
    }
}

}  // namespace
}  // namespace directory
