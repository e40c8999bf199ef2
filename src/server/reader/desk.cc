#include "reader/desk.h"

#include <algorithm>
#include <vector>

namespace reader {

using Refusal = pop3d::Opened::Refusal;

namespace {

std::string mailbox_of(const owner::Place& place) {
    const auto base = std::to_string(static_cast<int>(place.owner.base));
    return std::to_string(place.owner.uid) + ':' + base + ':' + place.home + '\0' + place.path;
}

}  // namespace

void Desk::refuse(std::uint8_t holder, std::uint64_t ticket, Refusal refusal) {
    handlers_.answer(holder, pop3d::Opened{.ticket = ticket, .refusal = refusal, .worker = {}});
}

void Desk::take(Grant grant) {
    const auto waits = std::ranges::find_if(waiting_, [&](const Waiting& waiting) {
        return waiting.open.key == grant.key && waiting.holder == grant.holder;
    });
    if (waits != waiting_.end()) {
        const auto ticket = waits->open.ticket;
        waiting_.erase(waits);
        return serve(grant, ticket);
    }
    const auto key = grant.key;
    grants_.insert_or_assign(key, Granted{std::move(grant), clock_.steady() + rules_.grant_lasts});
}

void Desk::take(std::uint8_t holder, const Open& open) {
    const auto found = grants_.find(open.key);
    // Hostile: a key is good for the one it was given to, and good once.
    if (found != grants_.end() && found->second.grant.holder == holder) {
        const auto grant = std::move(grants_.extract(found).mapped().grant);
        return serve(grant, open.ticket);
    }
    const auto waiting = std::ranges::count(waiting_, holder, &Waiting::holder);
    if (static_cast<std::size_t>(waiting) >= rules_.most_waiting) return refuse(holder, open.ticket, Refusal::Later);
    waiting_.push_back({holder, open, clock_.steady() + rules_.wait_for_grant});
}

void Desk::serve(const Grant& grant, std::uint64_t ticket) {
    const auto fail = [&](Refusal refusal, const std::string& why) {
        handlers_.on_trouble(grant.account, why);
        refuse(grant.holder, ticket, refusal);
    };
    if (grant.mailbox.format != directory::Format::Maildir)
        return fail(Refusal::NoMailbox, "the mailbox is no Maildir, and cannot be read by POP3");
    const auto place = owner::place_of(grant.mailbox, rules_.mail_directory);
    if (!place) return fail(Refusal::NoMailbox, place.error().text);
    if (workers_.size() >= rules_.most) return fail(Refusal::Later, "pop3.sessions are open already");
    const auto mailbox = mailbox_of(*place);
    // Hostile: a home on a file server that does not answer must not take the places of all others.
    if (at_work_[mailbox] >= rules_.most_for_mailbox) return fail(Refusal::Later, "workers of this mailbox hang");
    auto started = handlers_.start(*place);
    if (!started) return fail(Refusal::Later, "no worker: " + started.error());
    workers_.emplace(started->pid, mailbox);
    ++at_work_[mailbox];
    handlers_.answer(grant.holder,
                     pop3d::Opened{.ticket = ticket, .refusal = Refusal::None, .worker = std::move(started->socket)});
    handlers_.watch(started->pid);
}

void Desk::ended(std::int64_t pid) {
    const auto worker = workers_.extract(pid);
    if (worker.empty()) return;
    const auto count = at_work_.find(worker.mapped());
    if (--count->second == 0) at_work_.erase(count);
}

void Desk::forget(std::uint8_t holder) {
    std::erase_if(grants_, [&](const auto& entry) { return entry.second.grant.holder == holder; });
    std::erase_if(waiting_, [&](const Waiting& waiting) { return waiting.holder == holder; });
}

void Desk::sweep() {
    const auto now = clock_.steady();
    std::erase_if(grants_, [&](const auto& entry) { return entry.second.until <= now; });
    while (!waiting_.empty() && waiting_.front().until <= now) {
        const auto late = waiting_.front();
        waiting_.pop_front();
        refuse(late.holder, late.open.ticket, Refusal::Later);
    }
}

}  // namespace reader
