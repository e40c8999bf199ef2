#pragma once
// Questions that a thread asks the event loop, and waits for the answer: what only the loop may look at, or must ask
// another process. The other direction is ThreadWorker's.
//
//   file::LoopQuestions questions(post);
//   const auto answer = questions.ask<int>([&](auto tell) { tell(42); }, std::chrono::seconds(30));   // on a thread
//   questions.close();                                                                               // at the end

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "file/thread_worker.h"

namespace file {

class LoopQuestions {
public:
    template <typename Answer>
    using Tell = std::function<void(Answer)>;

    explicit LoopQuestions(ThreadWorker::Post post) : post_(std::move(post)) {}
    LoopQuestions(const LoopQuestions&) = delete;
    LoopQuestions& operator=(const LoopQuestions&) = delete;

    /// `put` is called in the event loop and calls what it is given, now or later. None: it took too long, or the loop
    /// ends. Where it takes too long `put` and its captures live on until it is answered.
    template <typename Answer>
    std::optional<Answer> ask(std::move_only_function<void(Tell<Answer>)> put, std::chrono::milliseconds longest) {
        auto answer = std::make_shared<std::optional<Answer>>();  // of who waits, and of who answers
        post_([state = state_, answer, put = std::move(put)]() mutable {
            put([state, answer](Answer told) {
                const std::lock_guard lock(state->mutex);
                *answer = std::move(told);
                state->changed.notify_all();
            });
        });
        std::unique_lock lock(state_->mutex);
        state_->changed.wait_for(lock, longest, [&] { return state_->is_closed || answer->has_value(); });
        return std::exchange(*answer, std::nullopt);
    }

    /// Whoever waits hears that there is no answer; and whoever asks from now on.
    void close() {
        const std::lock_guard lock(state_->mutex);
        state_->is_closed = true;
        state_->changed.notify_all();
    }

private:
    struct State {
        std::mutex mutex;
        std::condition_variable changed;
        bool is_closed = false;
    };
    ThreadWorker::Post post_;
    std::shared_ptr<State> state_ = std::make_shared<State>();  // with answers that come too late
};

}  // namespace file
