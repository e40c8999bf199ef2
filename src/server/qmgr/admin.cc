// What an administrator asks for: pages of the queue, and what is to happen to messages. None of it holds up the mail:
// long requests are worked on a little in each turn.

#include <algorithm>
#include <bit>

#include "qmgr/queue.h"
#include "text/ascii.h"

namespace qmgr {
namespace {

constexpr int messages_in_a_turn = 100;  // each may be read from disk
constexpr std::uint32_t longest_page = 1000;

bool is_empty(const Filter& filter) {
    return filter.id == 0 && filter.from.empty() && filter.to.empty() && filter.domain.empty() && !filter.all;
}

bool needs_envelope(const Filter& filter) {
    return !filter.from.empty() || !filter.to.empty() || !filter.domain.empty();
}

bool matches(const Filter& filter, const spool::Envelope& envelope) {
    const auto is_recipient = [&](auto matching) { return std::ranges::any_of(envelope.recipients, matching); };
    if (!filter.from.empty() &&
        !text::equal_ignoring_case(filter.from == "<>" ? std::string_view() : filter.from, envelope.reverse_path))
        return false;
    if (!filter.to.empty() &&
        !is_recipient([&](const spool::Recipient& r) { return text::equal_ignoring_case(filter.to, r.smtp.address); }))
        return false;
    return filter.domain.empty() || is_recipient([&](const spool::Recipient& r) {
               return text::equal_ignoring_case(filter.domain, domain_of(r.smtp.address));
           });
}

const smtp::Reply returned{554, "5.7.0", "Returned by the administrator of the mail server"};

}  // namespace

std::shared_ptr<const std::vector<spool::MessageId>> Queue::snapshot(const Filter& filter, bool may_be_old) {
    if (may_be_old && ids_) return ids_;
    auto ids = std::make_shared<std::vector<spool::MessageId>>();
    if (filter.id != 0) {
        if (spool_.entry(filter.id)) ids->push_back(filter.id);
        return ids;
    }
    if (!is_empty(filter)) spool_.for_each([&](spool::MessageId id, const spool::Entry&) { ids->push_back(id); });
    std::ranges::sort(*ids);
    return ids;
}

void Queue::on(Peer admind, const List& message) {
    AdminJob job{.peer = admind, .filter = message.filter, .list = message};
    job.list->limit = std::clamp(message.limit, 1U, longest_page);
    job.listed.ticket = message.ticket;
    job.ids = snapshot(message.filter, /*may_be_old=*/message.after != 0 && message.filter.id == 0);
    if (message.filter.id == 0) ids_ = job.ids;  // for the next page
    const auto start = std::ranges::upper_bound(*job.ids, message.after);
    job.next = static_cast<std::size_t>(start - job.ids->begin());
    jobs_.push_back(std::move(job));
}

void Queue::on(Peer admind, const Act& message) {
    AdminJob job{.peer = admind, .filter = message.filter, .action = message.action};
    job.act = std::make_shared<ActInProgress>(ActInProgress{.peer = admind, .ticket = message.ticket});
    job.ids = snapshot(message.filter, /*may_be_old=*/false);
    jobs_.push_back(std::move(job));
}

void Queue::on(Peer admind, const Fetch& message) {
    admind::Content content{.ticket = message.ticket};
    auto stored = spool_.load(message.id);
    if (stored) {
        content.found = true;
        content.octets = std::move(stored->octets);
        if (stored->blob)
            if (auto descriptor = stored->blob->duplicate_read_only()) content.blob = std::move(*descriptor);
    }
    peers_.send(admind, content);
}

void Queue::on(Peer admind, const Count& message) {
    admind::Totals totals{.ticket = message.ticket};
    spool_.for_each([&](spool::MessageId, const spool::Entry& entry) {
        ++totals.messages;
        totals.octets += entry.size;
        for (const auto& task : entry.tasks) {
            const auto waiting = static_cast<std::uint64_t>(std::popcount(task.pending));
            totals.recipients += waiting;
            if (task.held) totals.held += waiting;
            if (place_of(task).state == State::InFlight) totals.in_flight += waiting;
        }
    });
    peers_.send(admind, totals);
}

void Queue::work_for_admin() {
    if (jobs_.empty()) return;
    if (work_on(jobs_.front())) jobs_.pop_front();
}

/// A little of it. True: done, and answered or about to be.
bool Queue::work_on(AdminJob& job) {
    for (int i = 0; i < messages_in_a_turn && job.next < job.ids->size(); ++i) {
        const auto id = (*job.ids)[job.next];
        if (job.list && job.listed.messages.size() == job.list->limit) {
            job.listed.more = true;
            break;
        }
        ++job.next;
        const spool::Entry* entry = spool_.entry(id);
        if (!entry) continue;
        if (job.list || needs_envelope(job.filter)) {
            const auto envelope = spool_.load_envelope(id);
            entry = spool_.entry(id);
            if (!entry || !envelope || !matches(job.filter, *envelope)) continue;
            if (job.list) show(job, id, *entry, *envelope);
        }
        if (!job.list) act_on(id, job.action, job.act);
    }
    if (job.next < job.ids->size() && !job.listed.more) return false;
    if (job.list) {
        peers_.send(job.peer, job.listed);
        if (!job.listed.more) ids_.reset();
    } else {
        job.act->is_enumerated = true;
        answer_if_done(job.act, 0);
    }
    return true;
}

void Queue::show(AdminJob& job, spool::MessageId id, const spool::Entry& entry, const spool::Envelope& envelope) {
    admind::QueuedMessage message{.id = id,
                                  .reverse_path = envelope.reverse_path,
                                  .arrived = entry.arrived,
                                  .size = entry.size,
                                  .origin = envelope.origin};
    for (const auto& task : entry.tasks) {
        const auto place = place_of(task);
        const std::string diagnostic(spool_.diagnostic(task.diagnostic));
        for (std::uint32_t i = 0; i < task.count && task.first + i < envelope.recipients.size(); ++i) {
            const auto& recipient = envelope.recipients[task.first + i];
            message.recipients.push_back({.address = recipient.smtp.address,
                                          .destination = destination_of(recipient, settings_.routes),
                                          .attempts = task.attempts,
                                          .due = task.due,
                                          .done = (task.pending >> i & 1) == 0,
                                          .held = task.held,
                                          .in_flight = place.state == State::InFlight && (task.pending >> i & 1) != 0,
                                          .diagnostic = diagnostic});
        }
    }
    job.listed.messages.push_back(std::move(message));
}

void Queue::act_on(spool::MessageId id, Action action, const ActPointer& act) {
    spool::Entry* entry = spool_.mutable_entry(id);
    if (!entry) return;
    ++act->messages;
    switch (action) {
        case Action::Retry: return retry_now(id, *entry);
        case Action::Hold: return hold(id, *entry, /*held=*/true, act);
        case Action::Release: return hold(id, *entry, /*held=*/false, act);
        case Action::Remove: return remove(id, *entry, act);
        case Action::Bounce: return bounce(id, *entry, act);
    }
    --act->messages;  // Hostile: no such action
}

void Queue::retry_now(spool::MessageId id, spool::Entry&) {
    record_(logs::Event::RetryRequested, id, {});
    for (std::uint32_t i = 0;; ++i) {
        const TaskName name{id, i};
        auto subject = find(name);
        if (!subject) return;
        if (subject.task->is_done() || subject.task->held) continue;
        if (place_of(*subject.task).state == State::Waiting) {
            if (waiting_ > 0) --waiting_;
            if (!know_destination(name, *subject.task)) continue;
            subject = find(name);
            destinations_.wake(place_of(*subject.task).destination);
            make_ready(name, *subject.task);
        } else if (place_of(*subject.task).state == State::Ready) {
            destinations_.wake(place_of(*subject.task).destination);
            destinations_.stand_in_round(place_of(*subject.task).destination, now());
        }
    }
}

void Queue::hold(spool::MessageId id, spool::Entry& entry, bool held, const ActPointer& act) {
    spool::Transaction transaction;
    for (std::uint32_t i = 0; i < entry.tasks.size(); ++i) {
        auto& task = entry.tasks[i];
        if (task.is_done() || task.held == held) continue;
        if (held && place_of(task).state == State::Waiting && waiting_ > 0) --waiting_;
        if (held && place_of(task).state == State::Ready) assign(task, place_of(task).destination, State::Waiting);
        transaction.emplace_back(spool::Progress{.id = id,
                                                 .task = i,
                                                 .attempts = task.attempts,
                                                 .due = held ? task.due : wall(),
                                                 .held = held,
                                                 .delay_noticed = task.delay_noticed,
                                                 .diagnostic = std::string(spool_.diagnostic(task.diagnostic))});
    }
    if (transaction.empty()) return;
    record_(held ? logs::Event::Held : logs::Event::Released, id, {});
    const auto tasks = transaction;
    spool_.submit(std::move(transaction), counted(act));
    if (held) return;
    for (const auto& operation : tasks) {
        const TaskName name{id, std::get<spool::Progress>(operation).task};
        const auto subject = find(name);
        if (subject && place_of(*subject.task).state == State::Waiting) wait(name, *subject.task);
    }
}

void Queue::remove(spool::MessageId id, spool::Entry& entry, const ActPointer& act) {
    forget_tasks(entry);
    record_(logs::Event::Deleted, id, {});
    spool::Transaction transaction;
    transaction.emplace_back(spool::Remove{id});
    spool_.submit(std::move(transaction), counted(act));
}

/// Failed for everybody who still waits. Those on their way this moment are asked to fail when they come back.
void Queue::bounce(spool::MessageId id, spool::Entry&, const ActPointer& act) {
    const auto envelope = spool_.load_envelope(id);
    if (!envelope) return;
    for (std::uint32_t i = 0;; ++i) {
        const TaskName name{id, i};
        const auto subject = find(name);
        if (!subject) return;
        if (subject.task->is_done()) continue;
        const auto place = place_of(*subject.task);
        if (place.state == State::InFlight) {
            for (auto& [number, flight] : flights_)
                if (flight.draft.id == id && flight.draft.task == i) flight.bounce_wanted = true;
            continue;
        }
        auto conclusion = draft(name, *subject.task, *envelope, "loop:");
        if (!conclusion) continue;
        for (auto& verdict : conclusion->verdicts) {
            verdict.status = Status::Failed;
            verdict.reply = returned;
        }
        if (place.state == State::Waiting && !subject.task->held && waiting_ > 0) --waiting_;
        assign(*subject.task, place.destination, State::InFlight);
        ++act->outstanding;
        conclude(std::move(*conclusion), act);
    }
}

/// A callback that counts for the act.
std::move_only_function<void(spool::Outcome)> Queue::counted(const ActPointer& act) {
    if (!act) return [](spool::Outcome) {};
    ++act->outstanding;
    return [this, act](spool::Outcome outcome) {
        act->durable = act->durable && outcome.has_value();
        answer_if_done(act, 1);
    };
}

void Queue::answer_if_done(const ActPointer& act, std::uint32_t finished) {
    if (!act) return;
    act->outstanding -= finished;
    if (!act->is_enumerated || act->outstanding > 0) return;
    peers_.send(act->peer, admind::Acted{act->ticket, act->messages, act->durable});
}

}  // namespace qmgr
