#include "pop3d/mailbox.h"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace pop3d {

Mailbox::Mailbox(boost::asio::io_context& context, file::Descriptor socket, std::chrono::seconds patience)
    : patience_(patience),
      news_(context),
      link_(context, std::move(socket),
            {.on_message = [this](FromWorker said) { take(std::move(said)); },
             .on_gone = [this](const std::string&) { lose(); }},
            longest_frame_of_worker) {}

void Mailbox::take(FromWorker said) {
    if (!std::exchange(is_asked_, false)) return lose();
    said_ = std::move(said);
    news_.cancel();
}

void Mailbox::lose() {
    is_lost_ = true;
    news_.cancel();
}

net::Task<std::optional<FromWorker>> Mailbox::next() {
    if (!said_ && !is_lost_) {
        boost::system::error_code woken;
        news_.expires_after(patience_);
        co_await news_.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, woken));
    }
    // What it said before it was lost still counts: a worker ends by itself behind its last answer.
    co_return std::exchange(said_, std::nullopt);
}

}  // namespace pop3d
