#pragma once
// directory, as it is asked by those whose clients log in: smtpd and pop3d. They pass the client's words on and see
// yes, no or later; passwords and what is kept of them stay where they are.
//
//   login::Attempt attempt(desk);
//   auto step = co_await attempt.begin({.mechanism = "PLAIN", …});
//   while (step.outcome == Outcome::Challenge) step = co_await attempt.answer(response of the client);
//
// When directory dies, every open question is answered with Later, and so is every response in an exchange that it
// knew: the client begins anew.

#include <cstdint>
#include <functional>
#include <string>
#include <utility>

#include "directory/inbox.h"
#include "ipc/tickets.h"
#include "net/stream.h"

namespace login {

class Desk {
public:
    /// How the link to directory is reached, which somebody else owns. False: there is none, or it took nothing.
    struct Line {
        std::function<bool(const directory::BeginLogin&)> begin;
        std::function<bool(const directory::ContinueLogin&)> proceed;
        std::function<bool(const directory::AbandonLogin&)> abandon;
        std::function<bool(const directory::MaySend&)> may_send;
    };
    /// A line by a link that anybody holds: `send` takes each of the messages.
    template <typename Send>
    static Line line(Send send) {
        return {.begin = send, .proceed = send, .abandon = send, .may_send = send};
    }

    explicit Desk(Line line) : line_(std::move(line)) {}

    /// What directory answered.
    void take(directory::LoginStep step);
    void take(directory::SenderVerdict verdict);
    /// The link is gone, or another has taken its place.
    void lost();

    net::Task<directory::SenderVerdict> may_send(directory::MaySend question);

private:
    friend class Attempt;
    net::Task<directory::LoginStep> begin(directory::BeginLogin beginning);
    net::Task<directory::LoginStep> proceed(directory::ContinueLogin response);
    void abandon(std::uint64_t exchange) { line_.abandon({exchange}); }

    Line line_;
    ipc::Tickets<directory::LoginStep> steps_;
    ipc::Tickets<directory::SenderVerdict> verdicts_;
};

/// One client's try. directory hears of it when it is given up.
class Attempt {
public:
    explicit Attempt(Desk& desk) : desk_(desk) {}
    Attempt(const Attempt&) = delete;
    Attempt& operator=(const Attempt&) = delete;
    ~Attempt() { give_up(); }

    /// The ticket is filled in here.
    net::Task<directory::LoginStep> begin(directory::BeginLogin beginning);
    /// To a challenge, decoded.
    net::Task<directory::LoginStep> answer(std::string response);
    void give_up();

private:
    void note(const directory::LoginStep& step, std::uint64_t exchange);

    Desk& desk_;
    std::uint64_t exchange_ = 0;  // 0: none is open
};

}  // namespace login
