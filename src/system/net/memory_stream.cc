#include "net/memory_stream.h"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace net {

namespace asio = boost::asio;

Task<void> MemoryStream::read_some(std::string& buffer, std::size_t most) {
    while (in_->octets.empty()) {
        if (const auto why = std::exchange(in_->interrupted, std::nullopt)) throw Gone(*why, "interrupted");
        if (in_->closed) throw Gone(Gone::Why::Closed, "connection closed");
        in_->news.expires_at(std::chrono::steady_clock::time_point::max());
        co_await in_->news.async_wait(asio::as_tuple(asio::use_awaitable));
    }
    const std::size_t octets = std::min(most, in_->octets.size());
    buffer.append(in_->octets, 0, octets);
    in_->octets.erase(0, octets);
}

Task<void> MemoryStream::write(std::string_view bytes) {
    if (out_->closed || in_->closed) throw Gone(Gone::Why::Closed, "connection closed");
    say(bytes);
    co_return;
}

void MemoryStream::close() {
    in_->closed = true;
    out_->closed = true;
    in_->wake();
    out_->wake();
}

void MemoryStream::say(std::string_view bytes) {
    out_->octets += bytes;
    out_->wake();
}

std::string MemoryStream::heard() { return std::exchange(in_->octets, {}); }

void MemoryStream::interrupt(Gone::Why why) {
    out_->interrupted = why;
    out_->wake();
}

std::pair<std::unique_ptr<MemoryStream>, std::unique_ptr<MemoryStream>> memory_streams(asio::io_context& context) {
    auto there = std::make_shared<MemoryStream::Pipe>(context);
    auto back = std::make_shared<MemoryStream::Pipe>(context);
    return {std::unique_ptr<MemoryStream>(new MemoryStream(there, back)),
            std::unique_ptr<MemoryStream>(new MemoryStream(back, there))};
}

}  // namespace net
