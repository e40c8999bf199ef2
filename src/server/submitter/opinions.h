#pragma once
// policyd, as those who bring mail in ask it: what is to be thought of a sender, and of a message that is complete.
//
// No answer: policyd is not there, or died while it was asked, or its successor took its place; or it has not answered
// in time, or has more to do than it can.

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <memory>
#include <optional>

#include "ipc/link.h"
#include "ipc/tickets.h"
#include "net/stream.h"
#include "policyd/inbox.h"
#include "smtpd/inbox.h"

namespace submitter {

class Opinions {
public:
    /// Messages that it looks at for us at a time; what is in memory here and there is bounded by it.
    static constexpr std::size_t most_examinations = 1000;

    explicit Opinions(boost::asio::io_context& context) : context_(context) {}
    void connect(file::Descriptor socket);

    // The ticket is ours to choose; `patience`: how long an answer is waited for.
    net::Task<std::optional<policyd::Opinion>> of(policyd::CheckSender sender, std::chrono::milliseconds patience);
    net::Task<std::optional<policyd::Judgement>> about(policyd::Examine& message, std::chrono::milliseconds patience);
    /// What became of it, where the Judgement asked for that.
    void tell(const policyd::Judgement& judgement, bool is_taken);

private:
    using Link = ipc::Link<smtpd::FromPolicyd, policyd::FromSmtpd>;
    template <typename Answer>
    using Tickets = ipc::Tickets<std::optional<Answer>>;

    template <typename Answer, typename Question>
    net::Task<std::optional<Answer>> ask(Tickets<Answer>& tickets, Question& question,
                                         std::chrono::milliseconds patience);
    void take(smtpd::FromPolicyd answer);
    void answer_all();

    boost::asio::io_context& context_;
    std::unique_ptr<Link> link_;
    Tickets<policyd::Opinion> opinions_;
    Tickets<policyd::Judgement> judgements_;
    std::size_t examinations_ = 0;
};

}  // namespace submitter
