#include "submitter/opinions.h"

#include <boost/asio/steady_timer.hpp>

#include "lang/defer.h"
#include "lang/overloaded.h"

namespace submitter {

void Opinions::connect(file::Descriptor socket) {
    link_ = std::make_unique<Link>(
        context_, std::move(socket),
        Link::Handlers{.on_message = [this](smtpd::FromPolicyd answer) { take(std::move(answer)); },
                       .on_gone =
                           [this](const std::string&) {
                               link_.reset();
                               answer_all();
                           }});
    answer_all();  // asked of the predecessor, whose end we may not have heard of yet
}

void Opinions::take(smtpd::FromPolicyd answer) {
    std::visit(Overloaded{[this](policyd::Opinion& one) { opinions_.take(one.ticket, std::move(one)); },
                          [this](policyd::Judgement& one) { judgements_.take(one.ticket, std::move(one)); }},
               answer);
}

void Opinions::answer_all() {
    opinions_.take_all([] { return std::optional<policyd::Opinion>(); });
    judgements_.take_all([] { return std::optional<policyd::Judgement>(); });
}

template <typename Answer, typename Question>
net::Task<std::optional<Answer>> Opinions::ask(Tickets<Answer>& tickets, Question& question,
                                               std::chrono::milliseconds patience) {
    boost::asio::steady_timer timer(context_);
    co_return co_await tickets.wait([&](std::uint64_t ticket) {
        question.ticket = ticket;
        timer.expires_after(link_->send(question) ? patience : std::chrono::milliseconds(0));
        timer.async_wait([&tickets, ticket](boost::system::error_code error) {
            if (!error) tickets.take(ticket, std::nullopt);
        });
    });
}

net::Task<std::optional<policyd::Opinion>> Opinions::of(policyd::CheckSender sender,
                                                        std::chrono::milliseconds patience) {
    if (!link_) co_return std::nullopt;
    co_return co_await ask(opinions_, sender, patience);
}

net::Task<std::optional<policyd::Judgement>> Opinions::about(policyd::Examine& message,
                                                             std::chrono::milliseconds patience) {
    if (!link_ || examinations_ >= most_examinations) co_return std::nullopt;
    ++examinations_;
    const Defer done([this] { --examinations_; });
    co_return co_await ask(judgements_, message, patience);
}

void Opinions::tell(const policyd::Judgement& judgement, bool is_taken) {
    if (link_ && judgement.is_awaited) link_->send(policyd::Settled{judgement.ticket, is_taken});
}

}  // namespace submitter
