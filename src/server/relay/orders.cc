#include "relay/orders.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

namespace relay {

namespace asio = boost::asio;

void Orders::connect(file::Descriptor socket) {
    if (link_) lose_qmgr();
    link_.emplace(context_, std::move(socket),
                  Link::Handlers{.on_message = [this](FromQmgr message) { take(std::move(message)); },
                                 .on_gone = [this](const std::string&) { lose_qmgr(); }});
}

void Orders::lose_qmgr() {
    link_.reset();
    relay_.forget_attempts();
}

void Orders::take(FromQmgr message) {
    std::visit([this](auto& order) { relay_.on(std::move(order)); }, message);
    if (!is_ticking_) asio::co_spawn(context_, tick(), asio::detached);
}

net::Task<void> Orders::tick() {
    is_ticking_ = true;
    while (relay_.is_busy()) {
        clock_.expires_after(tick_interval);
        co_await clock_.async_wait(asio::use_awaitable);
        relay_.tick();
    }
    is_ticking_ = false;
}

}  // namespace relay
