#pragma once
// A mailbox that is open for one session: the worker at the other end of a socket. One question at a time.
//
// Hostile: the worker is the owner of the mailbox, and is believed what it says about that. It can make this session
// fail, and nothing else: what it says unasked, or too late, or too long, ends it.

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <optional>
#include <utility>

#include "ipc/link.h"
#include "net/stream.h"
#include "pop3d/inbox.h"
#include "reader/inbox.h"

namespace pop3d {

class Mailbox {
public:
    /// `patience`: with an answer; longer than the worker's own.
    Mailbox(boost::asio::io_context& context, file::Descriptor socket,
            std::chrono::seconds patience = std::chrono::seconds(310));
    Mailbox(const Mailbox&) = delete;
    Mailbox& operator=(const Mailbox&) = delete;

    /// What it says first. None, here as below: it is lost.
    net::Task<std::optional<Found>> found() { return hear<Found>(); }

    /// For answers that are fetched while something else goes on.
    template <typename Question>
    void send(const Question& question) {
        is_asked_ = true;
        link_.send(question);
    }
    template <typename Answer>
    net::Task<std::optional<Answer>> hear() {
        auto said = co_await next();
        if (!said || !std::holds_alternative<Answer>(*said)) {
            is_lost_ = true;
            co_return std::nullopt;
        }
        co_return std::get<Answer>(std::move(*said));
    }
    template <typename Answer, typename Question>
    net::Task<std::optional<Answer>> ask(Question question) {
        send(question);
        co_return co_await hear<Answer>();
    }

private:
    void take(FromWorker said);
    void lose();
    net::Task<std::optional<FromWorker>> next();

    std::chrono::seconds patience_;
    boost::asio::steady_timer news_;
    bool is_asked_ = true;  // it begins unasked
    bool is_lost_ = false;
    std::optional<FromWorker> said_;
    ipc::Link<FromWorker, reader::ToWorker> link_;  // last: it calls the others
};

}  // namespace pop3d
