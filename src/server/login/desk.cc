#include "login/desk.h"

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>

#include "crypto/digest.h"
#include "lang/wiping.h"

namespace login {
namespace {

directory::LoginStep nobody_knows(std::uint64_t ticket = 0) { return {.ticket = ticket}; }

directory::SenderVerdict cannot_say(std::uint64_t ticket = 0) {
    return {.ticket = ticket, .reply = {451, "4.3.0", "Senders cannot be looked up at the moment"}};
}

}  // namespace

void Desk::take(directory::LoginStep step) { steps_.take(step.ticket, std::move(step)); }
void Desk::take(directory::SenderVerdict verdict) { verdicts_.take(verdict.ticket, std::move(verdict)); }

void Desk::lost() {
    steps_.take_all([] { return nobody_knows(); });
    verdicts_.take_all([] { return cannot_say(); });
}

// Who asks is told later that there is nobody to ask: never from inside the question.
net::Task<directory::LoginStep> Desk::begin(directory::BeginLogin beginning) {
    auto executor = co_await boost::asio::this_coro::executor;
    boost::asio::post(executor, [] { wipe_stack(); });  // of what was read, decoded and sent on the way here
    co_return co_await steps_.wait([&](std::uint64_t ticket) {
        beginning.ticket = ticket;
        const bool is_sent = line_.begin(beginning);
        if (beginning.initial) crypto::wipe(*beginning.initial);
        if (!is_sent) boost::asio::post(executor, [this, ticket] { take(nobody_knows(ticket)); });
    });
}

net::Task<directory::LoginStep> Desk::proceed(directory::ContinueLogin response) {
    auto executor = co_await boost::asio::this_coro::executor;
    boost::asio::post(executor, [] { wipe_stack(); });  // of what was read, decoded and sent on the way here
    co_return co_await steps_.wait([&](std::uint64_t ticket) {
        response.ticket = ticket;
        const bool is_sent = line_.proceed(response);
        crypto::wipe(response.response);
        if (!is_sent) boost::asio::post(executor, [this, ticket] { take(nobody_knows(ticket)); });
    });
}

net::Task<directory::SenderVerdict> Desk::may_send(directory::MaySend question) {
    auto executor = co_await boost::asio::this_coro::executor;
    co_return co_await verdicts_.wait([&](std::uint64_t ticket) {
        question.ticket = ticket;
        if (!line_.may_send(question)) boost::asio::post(executor, [this, ticket] { take(cannot_say(ticket)); });
    });
}

net::Task<directory::LoginStep> Attempt::begin(directory::BeginLogin beginning) {
    give_up();
    auto step = co_await desk_.begin(std::move(beginning));
    note(step, step.ticket);
    co_return step;
}

net::Task<directory::LoginStep> Attempt::answer(std::string response) {
    const auto exchange = exchange_;
    auto step = co_await desk_.proceed({.ticket = 0, .exchange = exchange, .response = std::move(response)});
    note(step, exchange);
    co_return step;
}

void Attempt::note(const directory::LoginStep& step, std::uint64_t exchange) {
    exchange_ = step.outcome == directory::LoginStep::Outcome::Challenge ? exchange : 0;
}

void Attempt::give_up() {
    if (exchange_ != 0) desk_.abandon(std::exchange(exchange_, 0));
}

}  // namespace login
