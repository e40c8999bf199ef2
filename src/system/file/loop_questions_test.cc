#include "file/loop_questions.h"

#include <gtest/gtest.h>

#include <deque>
#include <thread>

namespace {

using namespace std::chrono_literals;

/// An event loop that turns when it is told to.
class Loop {
public:
    void post(std::move_only_function<void()> job) {
        const std::lock_guard lock(mutex_);
        jobs_.push_back(std::move(job));
        arrived_.notify_all();
    }
    void turn() {
        std::unique_lock lock(mutex_);
        arrived_.wait(lock, [&] { return !jobs_.empty(); });
        auto job = std::move(jobs_.front());
        jobs_.pop_front();
        lock.unlock();
        job();
    }

private:
    std::mutex mutex_;
    std::condition_variable arrived_;
    std::deque<std::move_only_function<void()>> jobs_;
};

TEST(LoopQuestions, AreAnsweredInTheLoop) {
    Loop loop;
    file::LoopQuestions questions([&](std::move_only_function<void()> job) { loop.post(std::move(job)); });
    std::thread::id asked_in;
    std::optional<int> heard;
    std::thread thread([&] {
        heard = questions.ask<int>(
            [&](auto tell) {
                asked_in = std::this_thread::get_id();
                tell(42);
            },
            1h);
    });
    loop.turn();
    thread.join();
    EXPECT_EQ(heard, 42);
    EXPECT_EQ(asked_in, std::this_thread::get_id());
}

TEST(LoopQuestions, MayBeAnsweredLaterOrTooLate) {
    Loop loop;
    file::LoopQuestions questions([&](std::move_only_function<void()> job) { loop.post(std::move(job)); });
    std::function<void(int)> late;
    EXPECT_EQ(questions.ask<int>([&](auto tell) { late = tell; }, 1ms), std::nullopt);
    loop.turn();
    late(1);  // nobody waits for it any more
    std::optional<int> heard;
    std::thread thread([&] { heard = questions.ask<int>([&](auto tell) { late = tell; }, 1h); });
    loop.turn();
    late(2);
    thread.join();
    EXPECT_EQ(heard, 2);
}

TEST(LoopQuestions, AreOverWhenTheLoopEnds) {
    Loop loop;
    file::LoopQuestions questions([&](std::move_only_function<void()> job) { loop.post(std::move(job)); });
    std::optional<int> heard = 0;
    std::thread thread([&] { heard = questions.ask<int>([](auto) {}, 1h); });
    loop.turn();
    questions.close();
    thread.join();
    EXPECT_EQ(heard, std::nullopt);
    EXPECT_EQ(questions.ask<int>([](auto) {}, 1h), std::nullopt);
}

}  // namespace
