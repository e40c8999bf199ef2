#include "policyd/lookups.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>
#include <optional>

namespace policyd {
namespace {

namespace asio = boost::asio;

struct Wait {
    explicit Wait(const asio::any_io_executor& executor) : timer(executor) {}
    asio::steady_timer timer;
    std::optional<dns::Answer> answer;
};

// `wait`: its owners are whoever waits, and the question.
net::Task<void> ask(resolver::Resolver& resolver, dns::Question question, std::shared_ptr<Wait> wait) {
    auto answer = co_await resolver.ask(std::move(question));
    wait->answer = std::move(answer);
    wait->timer.expires_at(asio::steady_timer::time_point::min());
}

}  // namespace

net::Task<dns::Answer> ask_until(resolver::Resolver& resolver, dns::Question question,
                                 std::chrono::steady_clock::time_point last_moment) {
    if (std::chrono::steady_clock::now() >= last_moment) co_return dns::failed("no time is left");
    const auto executor = co_await asio::this_coro::executor;
    const auto wait = std::make_shared<Wait>(executor);
    wait->timer.expires_at(last_moment);
    asio::co_spawn(executor, ask(resolver, std::move(question), wait), asio::detached);
    boost::system::error_code woken;
    if (!wait->answer) co_await wait->timer.async_wait(asio::redirect_error(asio::use_awaitable, woken));
    co_return wait->answer ? *std::move(wait->answer) : dns::failed("no time is left");
}

}  // namespace policyd
