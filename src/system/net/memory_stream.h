#pragma once
// Both ends of a connection in memory, for tests: no sockets, no deadlines, the same order every time.
//
//   auto [ours, theirs] = net::memory_streams(context);
//   theirs->say("EHLO client.example\r\n");  …  theirs->heard()

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "net/stream.h"

namespace net {

class MemoryStream final : public Stream {
public:
    void set_timeout(std::chrono::milliseconds) override {}
    void set_deadline(std::chrono::milliseconds from_now) override { deadline_ = from_now; }
    Task<void> read_some(std::string& buffer, std::size_t most) override;
    Task<void> write(std::string_view bytes) override;
    bool has_unread() const override { return !in_->octets.empty(); }
    void send_last(std::string_view bytes) override {
        if (!out_->closed && !in_->closed) say(bytes);
    }
    void close() override;

    /// For the test's side, without a coroutine: what the other end will read, and what it has written so far.
    void say(std::string_view bytes);
    std::string heard();
    bool is_closed() const { return in_->closed; }  // by the other end
    /// What our end was told last.
    std::chrono::milliseconds deadline() const { return deadline_; }
    /// The read of the other end that waits now, or its next one, fails with `why`.
    void interrupt(Gone::Why why);

private:
    struct Pipe {
        explicit Pipe(boost::asio::io_context& context) : news(context) {}
        std::string octets;
        bool closed = false;
        std::optional<Gone::Why> interrupted;
        boost::asio::steady_timer news;  // never expires; cancelled when something happens
        void wake() { news.cancel(); }
    };
    MemoryStream(std::shared_ptr<Pipe> in, std::shared_ptr<Pipe> out) : in_(std::move(in)), out_(std::move(out)) {}
    friend std::pair<std::unique_ptr<MemoryStream>, std::unique_ptr<MemoryStream>> memory_streams(
        boost::asio::io_context& context);

    std::chrono::milliseconds deadline_{0};
    std::shared_ptr<Pipe> in_;  // each pipe belongs to its two ends
    std::shared_ptr<Pipe> out_;
};

std::pair<std::unique_ptr<MemoryStream>, std::unique_ptr<MemoryStream>> memory_streams(
    boost::asio::io_context& context);

}  // namespace net
