#include "submitter/directory.h"

#include "lang/overloaded.h"

namespace submitter {
namespace {

directory::Resolved nobody_knows() {
    return {.ticket = 0, .reply = {451, "4.3.0", "Recipients cannot be looked up at the moment"}, .recipients = {}};
}

}  // namespace

void Directory::connect(file::Descriptor socket) {
    link_ = std::make_unique<Link>(
        context_, std::move(socket),
        Link::Handlers{.on_message = [this](smtpd::FromDirectory answer) { take(std::move(answer)); },
                       .on_gone =
                           [this](const std::string&) {
                               link_.reset();
                               answer_all();
                           }});
    answer_all();  // asked of the predecessor, whose end we may not have heard of yet
}

void Directory::take(smtpd::FromDirectory answer) {
    std::visit(
        Overloaded{[this](directory::Resolved& resolved) { tickets_.take(resolved.ticket, std::move(resolved)); },
                   [this](smtpd::Bars& bars) {
                       if (tell_bars_) tell_bars_(bars);
                   },
                   [this](auto& of_logins) { desk_.take(std::move(of_logins)); }},
        answer);
}

void Directory::answer_all() {
    tickets_.take_all(nobody_knows);
    desk_.lost();
}

net::Task<directory::Resolved> Directory::look_up(directory::LookUp question) {
    if (!link_) co_return nobody_knows();
    co_return co_await tickets_.wait([this, &question](std::uint64_t ticket) {
        question.ticket = ticket;
        link_->send(question);
    });
}

}  // namespace submitter
