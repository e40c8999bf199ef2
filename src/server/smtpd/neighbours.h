#pragma once
// The two processes that smtpd asks, as awaitable calls: directory (may this be a recipient?) and qmgr (is the message
// safe?).
//
// Each question carries a ticket; the answer wakes the conversation that asked. Questions of all conversations share
// one link, so they travel together. When a neighbour dies, every open question is answered as temporary trouble (451),
// and master brings the link to its successor.

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>

#include "directory/inbox.h"
#include "ipc/link.h"
#include "net/stream.h"
#include "qmgr/inbox.h"
#include "smtpd/inbox.h"

namespace smtpd {

/// Answers that are awaited, by ticket. `Lost` makes the answer for a neighbour that died.
template <typename Answer>
class Tickets {
public:
    /// Sends by `ask(ticket)` and waits for take(ticket, …).
    template <typename Ask>
    net::Task<Answer> wait(Ask ask) {
        const std::uint64_t ticket = ++last_;
        auto token = boost::asio::use_awaitable;
        auto initiate = [this, ticket, ask](auto handler) mutable {
            waiting_.emplace(ticket, Handler(std::move(handler)));
            ask(ticket);
        };
        co_return co_await boost::asio::async_initiate<decltype(token), void(Answer)>(std::move(initiate), token);
    }

    void take(std::uint64_t ticket, Answer answer) {
        auto found = waiting_.find(ticket);
        if (found == waiting_.end()) return;  // Hostile: an answer that nobody asked for
        auto handler = std::move(found->second);
        waiting_.erase(found);
        std::move(handler)(std::move(answer));
    }

    /// Answers everything open with what `make(ticket)` returns.
    template <typename Make>
    void take_all(Make make) {
        auto waiting = std::exchange(waiting_, {});
        for (auto& [ticket, handler] : waiting) std::move(handler)(make(ticket));
    }

private:
    using Handler = boost::asio::any_completion_handler<void(Answer)>;
    std::uint64_t last_ = 0;
    std::unordered_map<std::uint64_t, Handler> waiting_;
};

class Directory {
public:
    explicit Directory(boost::asio::io_context& context) : context_(context) {}
    void connect(file::Descriptor socket);

    net::Task<directory::Resolved> look_up(std::string address, bool may_relay);

private:
    using Link = ipc::Link<FromDirectory, directory::FromSmtpd>;
    boost::asio::io_context& context_;
    std::unique_ptr<Link> link_;
    Tickets<directory::Resolved> tickets_;
};

/// A message is Committed or Refused; the reply to the client is made from either.
struct Commitment {
    std::uint64_t id = 0;  // 0: refused
    smtp::Reply reply;
};

class Queue {
public:
    explicit Queue(boost::asio::io_context& context) : context_(context) {}
    void connect(file::Descriptor socket);

    net::Task<Commitment> submit(qmgr::Submit message);
    /// Where to write a message that is too long for memory. No descriptor: there is no room.
    net::Task<BlobOpened> open_blob();
    void drop_blob(std::uint64_t ticket);

private:
    using Link = ipc::Link<FromQmgr, qmgr::FromSmtpd>;
    void lost();
    void take(FromQmgr answer);

    boost::asio::io_context& context_;
    std::unique_ptr<Link> link_;
    Tickets<Commitment> commitments_;
    Tickets<BlobOpened> blobs_;
};

}  // namespace smtpd
