#include "acmed/hooks.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

namespace acmed {
namespace {

acme::Error failed(std::string why) { return {.code = acme::Error::Code::Invalid, .detail = "the hook: " + why}; }

}  // namespace

void Hooks::connect(file::Descriptor runner) {
    lose_runner();
    runner_.emplace(
        context_, std::move(runner),
        Link::Handlers{.on_message = [this](FromRunner message) { take(std::get<HookEnded>(std::move(message))); },
                       .on_gone = [this](const std::string&) { lose_runner(); }});
}

void Hooks::take(HookEnded ended) {
    const auto found = open_.extract(ended.ticket);
    if (!found) return;  // Hostile, or nobody waits any more
    found.mapped()->outcome = std::move(ended);
    found.mapped()->ended.cancel();
}

void Hooks::lose_runner() {
    runner_.reset();
    for (const auto& [ticket, open] : std::exchange(open_, {})) {
        open->outcome = HookEnded{.ticket = ticket, .done = false, .text = "runner has died over it"};
        open->ended.cancel();
    }
}

net::Task<std::expected<void, acme::Error>> Hooks::call(bool adds, std::string name, std::string value) {
    if (!runner_) co_return std::unexpected(failed("there is no runner at the moment"));
    const auto open = std::make_shared<Open>(context_);
    open_[++last_] = open;
    runner_->send(runner::Hook{.ticket = last_, .adds = adds, .name = std::move(name), .value = std::move(value)});
    while (!open->outcome) co_await open->ended.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    if (!open->outcome->done) co_return std::unexpected(failed(open->outcome->text));
    co_return std::expected<void, acme::Error>();
}

}  // namespace acmed
