#include "directory/forwards.h"

#include <algorithm>
#include <utility>

namespace directory {
namespace {

constexpr std::string_view double_bounce_sender = "#@[]";  // qmail's

}  // namespace

bool is_sent_on(const LookUp& asked, const spool::Recipient& recipient) {
    return recipient.transport == spool::Transport::Relay && recipient.sender.empty() &&
           (asked.is_sent_on || !recipient.asked.empty());
}

bool sends_on(const LookUp& asked, const Resolved& resolved) {
    if (asked.reverse_path.empty() || asked.reverse_path == double_bounce_sender) return false;
    return std::ranges::any_of(resolved.recipients, [&](const auto& one) { return is_sent_on(asked, one); });
}

void Forwards::settle(std::shared_ptr<const Rewriting> rewriting, const LookUp& asked, Resolved resolved,
                      bool is_own_sender, Tell tell) {
    using enum site::SrsRewrite;
    if (!rewriting || rewriting->when() == Off || !sends_on(asked, resolved)) return tell(resolved);
    if (rewriting->when() == Always) {
        if (!is_own_sender) rewrite(*rewriting, asked, resolved);
        return tell(resolved);
    }
    // The answer may come after a reload: it is for the settings of the question.
    passages_.ask(asked.reverse_path, [this, rewriting = std::move(rewriting), asked, resolved = std::move(resolved),
                                       tell = std::move(tell)](std::optional<bool> is_free) mutable {
        if (!is_free.value_or(false)) rewrite(*rewriting, asked, resolved);
        tell(resolved);
    });
}

void Forwards::rewrite(const Rewriting& rewriting, const LookUp& asked, Resolved& resolved) {
    if (!rewriting.has_secret()) {
        if (!std::exchange(has_complained_, true))
            log_.event(logs::Event::Warning,
                       {{"reason", "senders are not rewritten: there is no secret (srs.secret_file)"}});
        return;
    }
    const auto sender = rewriting.rewritten(asked.reverse_path);
    if (!sender) {
        log_.event(logs::Event::Warning, {{"reason", "the sender <" + asked.reverse_path + "> stays as it is: " +
                                                         std::string(srs::describe(sender.error()))}});
        return;
    }
    if (*sender == asked.reverse_path) return;
    for (auto& recipient : resolved.recipients)
        if (is_sent_on(asked, recipient)) recipient.sender = *sender;
}

// ---- policyd

void PolicydLine::connect(file::Descriptor socket) {
    lose();
    using Link = ipc::Link<FromPolicyd, policyd::FromDirectory>;
    link_ = std::make_unique<Link>(context_, std::move(socket),
                                   Link::Handlers{.on_message =
                                                      [this, connection = ++connection_](FromPolicyd message) {
                                                          if (const auto* said = std::get_if<Passage>(&message))
                                                              return answer(said->ticket, said->is_free);
                                                          look_up(connection, std::get<LookUp>(message));
                                                      },
                                                  .on_gone = [this](const std::string&) { lose(); }});
}

void PolicydLine::ask(const std::string& reverse_path, std::function<void(std::optional<bool> is_free)> tell) {
    const auto ticket = ++last_ticket_;
    if (!link_ || !link_->send(policyd::CheckPassage{.ticket = ticket, .reverse_path = reverse_path}))
        return tell(std::nullopt);
    waiting_.emplace(ticket, std::move(tell));
    after_(longest, [this, ticket] { answer(ticket, std::nullopt); });
}

void PolicydLine::look_up(std::uint64_t connection, const LookUp& asked) {
    if (look_up_)
        look_up_(asked, [this, connection](const Resolved& resolved) {
            if (link_ && connection == connection_) link_->send(resolved);  // or whoever asked is gone
        });
}

void PolicydLine::answer(std::uint64_t ticket, std::optional<bool> is_free) {
    auto asked = waiting_.extract(ticket);
    if (asked) asked.mapped()(is_free);  // Hostile: or nobody had asked; or it took too long
}

void PolicydLine::lose() {
    link_.reset();
    for (auto& [ticket, tell] : std::exchange(waiting_, {})) tell(std::nullopt);
}

}  // namespace directory
