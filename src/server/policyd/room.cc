#include "policyd/room.h"

#include <algorithm>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace policyd {

namespace asio = boost::asio;

net::Task<std::optional<Room::Share>> Room::take(std::size_t octets, std::chrono::steady_clock::time_point until) {
    octets = std::min(octets, whole_);
    if (waiting_.empty() && octets <= free_) {
        free_ -= octets;
        co_return Share(*this, octets);
    }
    if (waiting_.size() >= most_waiting) co_return std::nullopt;
    const auto executor = co_await asio::this_coro::executor;
    const auto mine = std::make_shared<Waiting>(executor, octets);
    mine->timer.expires_at(until);
    waiting_.push_back(mine);
    boost::system::error_code woken;
    if (!mine->is_served) co_await mine->timer.async_wait(asio::redirect_error(asio::use_awaitable, woken));
    if (mine->is_served) co_return Share(*this, octets);
    std::erase(waiting_, mine);
    serve();  // who needs less may have waited behind us
    co_return std::nullopt;
}

void Room::give_back(std::size_t octets) {
    free_ += octets;
    serve();
}

void Room::serve() {
    while (!waiting_.empty() && waiting_.front()->octets <= free_) {
        auto& next = *waiting_.front();
        free_ -= next.octets;
        next.is_served = true;
        next.timer.expires_at(asio::steady_timer::time_point::min());
        waiting_.pop_front();
    }
}

void Room::Share::shrink_to(std::size_t octets) {
    if (octets >= octets_) return;
    const auto rest = octets_ - octets;
    octets_ = octets;
    room_->give_back(rest);
}

}  // namespace policyd
