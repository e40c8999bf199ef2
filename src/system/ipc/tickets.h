#pragma once
// Questions to another process that are not answered yet. Each carries a ticket; the answer names it and wakes the
// conversation that asked.
//
// Whoever loses the link says take_all(): a conversation that waits for a process which is gone would wait for ever.

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstdint>
#include <unordered_map>
#include <utility>

namespace ipc {

template <typename Answer>
class Tickets {
public:
    /// Sends by `ask(ticket)` and waits for take(ticket, …).
    template <typename Ask>
    boost::asio::awaitable<Answer> wait(Ask ask) {
        const std::uint64_t ticket = ++last_;
        auto token = boost::asio::use_awaitable;
        auto initiate = [this, ticket, ask](auto handler) mutable {
            waiting_.emplace(ticket, Handler(std::move(handler)));
            ask(ticket);
        };
        co_return co_await boost::asio::async_initiate<decltype(token), void(Answer)>(std::move(initiate), token);
    }

    void take(std::uint64_t ticket, Answer answer) {
        auto found = waiting_.extract(ticket);
        if (found.empty()) return;  // Hostile: an answer that nobody asked for
        std::move(found.mapped())(std::move(answer));
    }

    /// Answers everything open with what `make()` returns. What is asked meanwhile, by those who were answered, is not
    /// among it.
    template <typename Make>
    void take_all(Make make) {
        for (auto& [ticket, handler] : std::exchange(waiting_, {})) std::move(handler)(make());
    }

private:
    using Handler = boost::asio::any_completion_handler<void(Answer)>;
    std::uint64_t last_ = 0;
    std::unordered_map<std::uint64_t, Handler> waiting_;
};

}  // namespace ipc
