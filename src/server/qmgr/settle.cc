// Making it durable: the progress of a task, and in the same transaction the notification about it, so that a crash
// leaves both or neither and each failure is reported exactly once. RFC 5321 §6.1: the null reverse-path never is.
//
// A notification needs an address to go to, and only directory knows what an address of ours stands for (an alias, a
// person, nobody any more); so it is asked first. Until its answer is written down, the task stays in flight.

#include <algorithm>
#include <bit>
#include <functional>

#include "qmgr/queue.h"
#include "qmgr/sanity.h"

namespace qmgr {
namespace {

constexpr milliseconds lazy = milliseconds(20);  // outcomes that need not hurry ride with the next group
constexpr milliseconds ask_interval = std::chrono::seconds(10);

logs::Event event_of(Notice notice) {
    switch (notice) {
        case Notice::Failure: return logs::Event::Bounced;
        case Notice::Delay: return logs::Event::DelayNotice;
        case Notice::Success: break;
    }
    return logs::Event::SuccessNotice;
}

bool is_local(const std::vector<spool::Recipient>& recipients) {
    return std::ranges::all_of(recipients, [](const auto& r) { return r.transport != spool::Transport::Relay; });
}

bool has_failure(const Conclusion& conclusion) {
    return std::ranges::any_of(conclusion.verdicts, [](const Verdict& v) { return v.status == Status::Failed; });
}

}  // namespace

void Queue::conclude(Conclusion conclusion, OrderPointer order) {
    if (spool_.is_full()) conclude_without_room(conclusion);
    const auto is_told = [&conclusion](const Verdict& verdict) { return tells_anybody(verdict, conclusion); };
    if (std::ranges::none_of(conclusion.verdicts, is_told)) {
        if (has_failure(conclusion) && conclusion.message.reverse_path.empty())
            record_nobody_told(conclusion, "it is a notification itself");
        settle({std::move(conclusion), std::move(order)}, {});
        return;
    }
    settling_.add({conclusion.id, conclusion.task}, places_of(conclusion));
    if (!order) settle_apart(conclusion, std::not_fn(is_told));
    wait_for_address({std::move(conclusion), std::move(order)});
}

void Queue::wait_for_address(Unsettled unsettled) {
    const auto ticket = ++last_ticket_;
    unsettled_.emplace(ticket, std::move(unsettled));
    ask_return_address(ticket);
}

/// Who hears of it: the sender, or in his place who is there for senders that do not exist.
std::string Queue::address_to_tell(const Unsettled& unsettled) const {
    const auto& about = unsettled.conclusion;
    if (!unsettled.is_double) return about.author.empty() ? about.message.reverse_path : about.author;
    const auto& to = settings_.double_bounce_to;
    return to.contains('@') ? to : to + '@' + settings_.hostname;
}

/// Once: the notification comes from the null reverse-path, and when it fails too nobody is told any more.
bool Queue::turn_to_double_bounce(std::uint64_t ticket) {
    const auto found = unsettled_.find(ticket);
    const bool may = !found->second.is_double && !settings_.double_bounce_to.empty() &&
                     tells_anybody(Notice::Failure, found->second.conclusion);
    if (!may) return false;
    auto unsettled = std::move(found->second);
    unsettled_.erase(found);
    unsettled.is_double = true;
    wait_for_address(std::move(unsettled));
    return true;
}

/// Verdicts that need not wait with the others are written down now. The attempt counts with them; the task moves on
/// with them where they leave anything to be tried.
void Queue::settle_apart(Conclusion& conclusion, const std::function<bool(const Verdict&)>& is_apart) {
    const TaskName name{conclusion.id, conclusion.task};
    Conclusion part = conclusion;
    part.notices_delay = false;
    std::erase_if(part.verdicts, std::not_fn(is_apart));
    const auto subject = find(name);
    if (part.verdicts.empty() || !subject) return;
    std::erase_if(conclusion.verdicts, is_apart);
    const auto untried = subject.task->pending & ~conclusion.tried & ~settling_.of(name);
    const bool leaves_work = untried != 0 || !std::ranges::all_of(part.verdicts, &Verdict::is_final);
    part.moves_on = conclusion.moves_on && leaves_work;
    conclusion.moves_on = conclusion.moves_on && !leaves_work;
    conclusion.is_counted = true;
    settle({std::move(part), nullptr}, {});
}

/// A notification of a delay is not worth a longer one: without it, those recipients wait for nothing but their time.
void Queue::forgo_delay_notice(std::uint64_t ticket) {
    const auto found = unsettled_.find(ticket);
    settle_apart(found->second.conclusion, [](const Verdict& verdict) { return !verdict.is_final(); });
    found->second.conclusion.notices_delay = false;
    if (found->second.conclusion.verdicts.empty()) unsettled_.erase(found);
}

/// There is no room for notifications. Failures wait until there is, as if they were temporary; successes go untold.
void Queue::conclude_without_room(Conclusion& conclusion) {
    conclusion.notices_delay = false;
    for (auto& verdict : conclusion.verdicts) {
        const Conclusion alone{.message = conclusion.message, .verdicts = {verdict}};
        if (tells_anybody(Notice::Failure, alone)) verdict.status = Status::Deferred;
        verdict.recipient.notify &= static_cast<std::uint8_t>(~smtp::notify_success);
        if (verdict.recipient.notify == smtp::notify_unspecified) verdict.recipient.notify = smtp::notify_failure;
    }
}

void Queue::ask_return_address(std::uint64_t ticket) {
    const auto found = unsettled_.find(ticket);
    if (found == unsettled_.end()) return;
    const auto address = address_to_tell(found->second);
    if (has_directory_) {
        const bool may_relay = !found->second.is_double;
        peers_.send(Peer{process::Role::Directory, 0}, directory::LookUp{ticket, address, may_relay});
    } else if (!knows_directory_) {
        if (settle(found->second, guessed_return_address(address)))
            unsettled_.erase(found);
        else
            postpone_asking();
    } else {
        forgo_delay_notice(ticket);  // it is asked when directory is back
    }
}

void Queue::on(const directory::Resolved& message) {
    const auto found = unsettled_.find(message.ticket);
    if (found == unsettled_.end()) return;
    const bool is_known = message.reply.is_positive() && is_sane(message.recipients);
    if (!is_known && !message.reply.is_permanent()) {
        forgo_delay_notice(message.ticket);
        return postpone_asking();
    }
    const bool is_there = is_known && (!found->second.is_double || is_local(message.recipients));
    if (!is_there && turn_to_double_bounce(message.ticket)) return give_out();
    if (!is_there) record_nobody_told(found->second.conclusion, "the sender's address does not exist");
    if (settle(found->second, is_there ? message.recipients : std::vector<spool::Recipient>()))
        unsettled_.erase(found);
    else
        postpone_asking();
    give_out();
}

void Queue::postpone_asking() {
    if (!ask_again_at_) ask_again_at_ = now() + ask_interval;
}

void Queue::ask_again() {
    ask_again_at_.reset();
    std::vector<std::uint64_t> tickets;
    for (const auto& [ticket, unsettled] : unsettled_) tickets.push_back(ticket);
    for (const auto ticket : tickets) ask_return_address(ticket);
}

/// Where there is no directory at all (tests, a queue on its own): our own domains go to mailboxes, others out.
std::vector<spool::Recipient> Queue::guessed_return_address(const std::string& reverse_path) const {
    const bool is_ours =
        std::ranges::find(settings_.local_domains, domain_of(reverse_path)) != settings_.local_domains.end();
    return {
        {.smtp = {.address = reverse_path}, .transport = is_ours ? spool::Transport::Local : spool::Transport::Relay}};
}

/// False: not now, the disk fails. Nothing has changed then.
bool Queue::settle(const Unsettled& unsettled, const std::vector<spool::Recipient>& return_to) {
    const Conclusion& conclusion = unsettled.conclusion;
    const auto subject = find({conclusion.id, conclusion.task});
    if (!subject) return forget(unsettled), true;
    std::vector<WrittenNotice> notices;
    if (!return_to.empty()) {
        auto written = write_notices(unsettled, return_to);
        if (!written) return false;
        notices = std::move(*written);
    }
    const auto still = find({conclusion.id, conclusion.task});  // damaged messages leave while they are read
    if (!still) return forget(unsettled), true;
    auto progress = progress_of(conclusion, still);
    record_verdicts(conclusion, progress.due);
    // A task that is over leaves its destination before the message can leave the spool.
    if ((still.task->pending & ~progress.done) == 0) assign(*still.task, unknown_destination, State::InFlight);
    if (!notices.empty() || unsettled.order) {
        submit(std::move(progress), std::move(notices), unsettled);
    } else {
        submit_lazily(std::move(progress));
        move_on(conclusion);
    }
    return true;
}

/// Its message is gone.
void Queue::forget(const Unsettled& unsettled) {
    const Conclusion& conclusion = unsettled.conclusion;
    settling_.remove({conclusion.id, conclusion.task}, places_of(conclusion));
    if (unsettled.order) unsettled.order->end_write(/*durable=*/true);
}

file::Result<std::vector<WrittenNotice>> Queue::write_notices(const Unsettled& unsettled,
                                                              const std::vector<spool::Recipient>& return_to) {
    std::vector<WrittenNotice> out;
    Conclusion conclusion = unsettled.conclusion;
    conclusion.message.reverse_path = address_to_tell(unsettled);
    const auto original = spool_.load(conclusion.id);
    if (!original) return std::unexpected(original.error());
    for (const Notice notice : all_notices) {
        if (!tells_anybody(notice, conclusion) || (unsettled.is_double && notice != Notice::Failure)) continue;
        auto written =
            writer_.write(notice, report_of(notice, conclusion, settings_, wall()), conclusion, *original, return_to);
        if (!written) return drop_notices(out), std::unexpected(written.error());
        out.push_back(std::move(*written));
    }
    return out;
}

void Queue::drop_notices(std::vector<WrittenNotice>& notices) {
    for (const auto& notice : notices)
        if (notice.accept.body.blob) spool_.drop_blob(*notice.accept.body.blob);
}

spool::Progress Queue::progress_of(const Conclusion& conclusion, const Subject& subject) {
    const auto& task = *subject.task;
    spool::Progress out{.id = conclusion.id,
                        .task = conclusion.task,
                        .attempts = task.attempts,
                        .due = conclusion.moves_on ? wall() : task.due,
                        .held = task.held,
                        .delay_noticed = task.delay_noticed || conclusion.notices_delay};
    if (conclusion.attempt != 0 && !conclusion.is_counted && out.attempts < 0xffff) ++out.attempts;
    bool waits = false;
    for (const auto& verdict : conclusion.verdicts) {
        if (verdict.is_final()) out.done |= 1ULL << verdict.place;
        if (verdict.status != Status::Deferred || conclusion.attempt == 0) continue;
        waits = true;
        out.diagnostic = diagnostic_of(verdict);
    }
    if (out.diagnostic.empty()) out.diagnostic = spool_.diagnostic(task.diagnostic);
    if (!waits || !conclusion.moves_on) return out;
    // The last attempt is made when the lifetime ends, not an hour later.
    auto wait = spread(schedule_.wait_after(out.attempts), random_);
    const auto left =
        (subject.entry->is_bounce ? settings_.bounce_lifetime : settings_.lifetime) - ages_.age(subject.entry->arrived);
    if (left > milliseconds(0)) wait = std::min(wait, left + milliseconds(1));
    out.due += wait.count();
    return out;
}

/// After the spool knows: the task is over, or waits for its next attempt.
void Queue::move_on(const Conclusion& conclusion) {
    const TaskName name{conclusion.id, conclusion.task};
    settling_.remove(name, places_of(conclusion));
    if (!spool_.entry(conclusion.id)) {
        losses_.erase(conclusion.id);
        return record_(logs::Event::Removed, conclusion.id, {});
    }
    const auto subject = find(name);
    const auto left = subject ? subject.task->pending & ~settling_.of(name) : 0;
    if (left == 0) return;
    // Another part moved it on already: what stayed pending here is tried with the rest.
    if (!conclusion.moves_on && (place_of(*subject.task).state != State::InFlight || flight_of(name))) return;
    if (const auto untried = left & ~conclusion.tried) point_at_untried(name, *subject.task, untried);
    if (const auto again = find(name)) wait(name, *again.task);
}

/// Recipients that the attempt left out because they go elsewhere are next.
void Queue::point_at_untried(TaskName name, spool::Task& task, std::uint64_t untried) {
    unassign(task);
    const auto envelope = spool_.load_envelope(name.id);
    const auto subject = find(name);
    const auto next = task.first + static_cast<std::uint32_t>(std::countr_zero(untried));
    if (!envelope || !subject || next >= envelope->recipients.size()) return;
    const auto number = destinations_.join(destination_of(envelope->recipients[next], settings_.routes));
    assign(*subject.task, number, State::Waiting);
    destinations_.leave(number, now());
}

/// With notifications: the task stays in flight until all of it is durable.
void Queue::submit(spool::Progress progress, std::vector<WrittenNotice> notices, const Unsettled& unsettled) {
    spool::Transaction transaction;
    transaction.emplace_back(std::move(progress));
    for (auto& notice : notices) transaction.emplace_back(notice.accept);
    ++settlements_;
    spool_.submit(std::move(transaction), [this, notices = std::move(notices), unsettled](spool::Outcome outcome) {
        --settlements_;
        if (outcome) {
            for (const auto& notice : notices) notices_durable(notice, unsettled);
        } else if (outcome.error() != spool::Failure::Broken) {
            // A notification too long for the journal found no room. Nothing of it was written; once more, later.
            const auto ticket = ++last_ticket_;
            unsettled_.emplace(ticket, unsettled);
            return postpone_asking();
        }
        move_on(unsettled.conclusion);  // also where nothing can be written any more: deliveries go on
        if (unsettled.order) unsettled.order->end_write(outcome.has_value());
        give_out();
    });
}

void Queue::submit_lazily(spool::Progress progress) {
    spool::Transaction transaction;
    transaction.emplace_back(std::move(progress));
    spool_.submit_lazily(std::move(transaction));
    if (!flush_at_) flush_at_ = now() + lazy;
}

void Queue::notices_durable(const WrittenNotice& notice, const Unsettled& about) {
    const auto id = notice.accept.id;
    const auto& original = about.conclusion;
    const std::string number = spool::to_text(id);
    record_(event_of(notice.notice), original.id, {{"to", address_to_tell(about)}, {"bounce", number}});
    const auto& envelope = notice.accept.envelope;
    record_(logs::Event::Accepted, id,
            {{"from", ""},
             {"size", notice.accept.body.size},
             {"recipients", envelope.recipients.size()},
             {"origin", envelope.origin},
             {"original", spool::to_text(original.id)}});
    schedule_new(id, notice.destinations);
}

void Queue::record_nobody_told(const Conclusion& conclusion, std::string_view reason) {
    for (const auto& verdict : conclusion.verdicts)
        if (verdict.status == Status::Failed)
            record_(logs::Event::BounceDropped, conclusion.id, {{"to", verdict.recipient.address}, {"reason", reason}});
}

}  // namespace qmgr
