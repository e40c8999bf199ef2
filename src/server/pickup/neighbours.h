#pragma once
// The two processes that pickup asks, as awaitable calls: directory (may this be a recipient?) and qmgr (is the message
// safe?). To them pickup is one more smtpd: it speaks smtpd's side of both contracts.
//
// When a neighbour dies, its open questions are answered as temporary trouble; the file stays where it is and is taken
// again later.

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>

#include "directory/inbox.h"
#include "ipc/link.h"
#include "net/stream.h"
#include "qmgr/inbox.h"
#include "smtpd/inbox.h"

namespace pickup {

/// Answers that are awaited, by ticket.
template <typename Answer>
class Awaited {
public:
    template <typename Ask>
    net::Task<Answer> wait(std::uint64_t ticket, Ask ask) {
        auto token = boost::asio::use_awaitable;
        auto initiate = [this, ticket, ask](auto handler) mutable {
            waiting_.emplace(ticket, Handler(std::move(handler)));
            ask();
        };
        co_return co_await boost::asio::async_initiate<decltype(token), void(Answer)>(std::move(initiate), token);
    }
    void take(std::uint64_t ticket, Answer answer) {
        auto found = waiting_.extract(ticket);
        if (!found.empty()) std::move(found.mapped())(std::move(answer));
    }
    template <typename Make>
    void take_all(Make make) {
        for (auto& [ticket, handler] : std::exchange(waiting_, {})) std::move(handler)(make());
    }

private:
    using Handler = boost::asio::any_completion_handler<void(Answer)>;
    std::unordered_map<std::uint64_t, Handler> waiting_;
};

class Directory {
public:
    explicit Directory(boost::asio::io_context& context) : context_(context) {}
    void connect(file::Descriptor socket);
    net::Task<directory::Resolved> look_up(const std::string& address);

private:
    using Link = ipc::Link<smtpd::FromDirectory, directory::FromSmtpd>;
    boost::asio::io_context& context_;
    std::unique_ptr<Link> link_;
    std::uint64_t last_ticket_ = 0;
    Awaited<directory::Resolved> resolved_;
};

/// Of a message handed over: its queue id, or why not.
struct Commitment {
    std::uint64_t id = 0;  // 0: refused
    smtp::Reply reply;
};

class Queue {
public:
    explicit Queue(boost::asio::io_context& context) : context_(context) {}
    void connect(file::Descriptor socket);

    net::Task<Commitment> submit(qmgr::Submit message);
    /// Where to write a message too long for one of ours. No descriptor: there is no room.
    net::Task<smtpd::BlobOpened> open_blob();
    void drop_blob(std::uint64_t ticket);

private:
    using Link = ipc::Link<smtpd::FromQmgr, qmgr::FromSmtpd>;
    void take(smtpd::FromQmgr answer);
    void lose();

    boost::asio::io_context& context_;
    std::unique_ptr<Link> link_;
    std::uint64_t last_ticket_ = 0;
    Awaited<Commitment> commitments_;
    Awaited<smtpd::BlobOpened> blobs_;
};

}  // namespace pickup
