#pragma once
// Several tasks at the same time, on one thread.

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstddef>
#include <exception>
#include <memory>
#include <utility>
#include <vector>

#include "net/stream.h"

namespace policyd {

namespace gathering {

template <typename T>
struct State {
    State(const boost::asio::any_io_executor& executor, std::size_t count)
        : results(count), left(count), last_came(executor, boost::asio::steady_timer::time_point::max()) {}
    void take(std::size_t place, std::exception_ptr failure, T result) {
        results[place] = std::move(result);
        if (failure) first_failure = std::move(failure);
        if (--left == 0) last_came.expires_at(boost::asio::steady_timer::time_point::min());
    }
    std::vector<T> results;
    std::exception_ptr first_failure;
    std::size_t left;
    boost::asio::steady_timer last_came;
};

}  // namespace gathering

/// What each gave, in their order, once all have ended; whatever one of them threw is thrown then.
template <typename T>
net::Task<std::vector<T>> gather(std::vector<net::Task<T>> tasks) {
    const auto executor = co_await boost::asio::this_coro::executor;
    const auto state = std::make_shared<gathering::State<T>>(executor, tasks.size());
    for (std::size_t i = 0; i < tasks.size(); ++i)
        boost::asio::co_spawn(executor, std::move(tasks[i]), [state, i](std::exception_ptr failure, T result) {
            state->take(i, std::move(failure), std::move(result));
        });
    boost::system::error_code woken;
    if (state->left > 0)
        co_await state->last_came.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, woken));
    if (state->first_failure) std::rethrow_exception(state->first_failure);
    co_return std::move(state->results);
}

}  // namespace policyd
