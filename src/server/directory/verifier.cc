#include "directory/verifier.h"

#include <utility>

#include "crypto/digest.h"

namespace directory {

void AuthdLine::connect(file::Descriptor socket) {
    lose();
    using Link = ipc::Link<FromAuthd, authd::FromDirectory>;
    link_ = std::make_unique<Link>(
        context_, std::move(socket),
        Link::Handlers{.on_message = [this](FromAuthd message) { take(std::get<Checked>(message)); },
                       .on_gone = [this](const std::string&) { lose(); }});
}

Checked::Verdict AuthdLine::check(authd::Check question) {
    auto answer = questions_.ask<Checked::Verdict>(
        [this, question = std::move(question)](Tell tell) mutable { put(std::move(question), std::move(tell)); },
        longest);
    return answer.value_or(Checked::Verdict::Later);
}

void AuthdLine::put(authd::Check question, Tell tell) {
    question.ticket = ++last_ticket_;
    const bool is_sent = link_ && link_->send(question);
    crypto::wipe(question.password);
    if (!is_sent) return tell(Checked::Verdict::Later);
    waiting_.emplace(question.ticket, std::move(tell));
}

void AuthdLine::take(const Checked& answer) {
    auto asked = waiting_.extract(answer.ticket);
    if (asked) asked.mapped()(answer.verdict);  // Hostile: or nobody had asked
}

/// What it was asked is not asked again: clients are told to come later.
void AuthdLine::lose() {
    link_.reset();
    for (auto& [ticket, tell] : std::exchange(waiting_, {})) tell(Checked::Verdict::Later);
}

Mailboxes::Looked ResolvedMailboxes::owner(const std::string& address) {
    auto answer = questions_.ask<Looked>([this, address](auto tell) { tell(ask_(address)); }, longest);
    if (!answer) return std::unexpected(Unavailable{});
    return std::move(*answer);
}

}  // namespace directory
