// What an administrator asks for: how a message stands, and what is to happen to it. Which messages are meant, and when
// there is time for them, is admin_jobs.h.

#include <algorithm>
#include <bit>

#include "qmgr/queue.h"

namespace qmgr {
namespace {

constexpr std::size_t longest_description = 1024 * 1024;  // of one message; there may be 100,000 recipients

const smtp::Reply returned{554, "5.7.0", "Returned by the administrator of the mail server"};

}  // namespace

void Queue::on(Peer admind, const List& message) { admin_jobs_.add(admind, message); }

void Queue::on(Peer admind, const Act& message) { admin_jobs_.add(admind, message); }

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
    admind::Totals totals{.ticket = message.ticket,
                          .resting = destinations_.count_resting(now()),
                          .local_is_paused = local_is_paused_,
                          .remote_is_paused = remote_is_paused_};
    spool_.for_each([&](spool::MessageId, const spool::Entry& entry) {
        ++totals.messages;
        // RFC 4865: one that its sender wants later counts from then on.
        if (entry.arrived <= wall())
            totals.oldest = totals.oldest == 0 ? entry.arrived : std::min(totals.oldest, entry.arrived);
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

void Queue::on(Peer admind, const Pause& message) {
    if (message.traffic != Traffic::Remote) pause("local", local_is_paused_, !message.is_over);
    if (message.traffic != Traffic::Local) pause("remote", remote_is_paused_, !message.is_over);
    give_out();
    on(admind, Count{message.ticket});
}

void Queue::pause(std::string_view traffic, bool& is_paused, bool wanted) {
    if (is_paused == wanted) return;
    is_paused = wanted;
    record_(wanted ? logs::Event::DeliveriesPaused : logs::Event::DeliveriesContinued, 0, {{"transport", traffic}});
}

admind::QueuedMessage Queue::describe(spool::MessageId id, const spool::Entry& entry,
                                      const spool::Envelope& envelope) const {
    admind::QueuedMessage message{.id = id,
                                  .reverse_path = envelope.reverse_path,
                                  .arrived = entry.arrived,
                                  .size = entry.size,
                                  .origin = envelope.origin};
    std::size_t octets = 0;
    for (std::uint32_t number = 0; number < entry.tasks.size(); ++number) {
        const auto& task = entry.tasks[number];
        for (std::uint32_t i = 0; i < task.count && task.first + i < envelope.recipients.size(); ++i) {
            if (octets >= longest_description) {
                ++message.left_out;
                continue;
            }
            message.recipients.push_back(describe({id, number}, task, i, envelope.recipients[task.first + i]));
            octets += octets_of(message.recipients.back());
        }
    }
    return message;
}

admind::QueuedRecipient Queue::describe(TaskName name, const spool::Task& task, std::uint32_t place,
                                        const spool::Recipient& recipient) const {
    const bool done = (task.pending >> place & 1) == 0;
    const bool is_given_out = !done && place_of(task).state == State::InFlight;
    const Flight* flight = is_given_out ? flight_of(name) : nullptr;
    return {.address = recipient.smtp.address,
            .destination = destination_of(recipient, settings_.routes),
            .attempts = task.attempts,
            .due = task.due,
            .done = done,
            .held = task.held,
            .awaits_release = task.awaits_release && task.due > wall(),
            .in_flight = is_given_out || (settling_.of(name) >> place & 1) != 0,
            .will_bounce = flight && flight->bounce_wanted,
            .diagnostic = std::string(spool_.diagnostic(task.diagnostic))};
}

bool Queue::is_wanted_later(const spool::Entry& entry) const {
    return std::ranges::any_of(entry.tasks,
                               [&](const spool::Task& task) { return task.awaits_release && task.due > wall(); });
}

void Queue::carry_out(spool::MessageId id, Action action, const OrderPointer& order) {
    spool::Entry* entry = spool_.mutable_entry(id);
    if (!entry || action > Action::Bounce) return;                   // Hostile: no such action
    if (action == Action::Retry && is_wanted_later(*entry)) return;  // as their senders want it; release ends that
    order->count_message();
    switch (action) {
        case Action::Retry: return retry_now(id, *entry);
        case Action::Hold: return hold(id, *entry, /*held=*/true, order);
        case Action::Release: return hold(id, *entry, /*held=*/false, order);
        case Action::Remove: return remove(id, *entry, order);
        case Action::Bounce: return bounce(id, *entry, order);
    }
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

void Queue::hold(spool::MessageId id, spool::Entry& entry, bool held, const OrderPointer& order) {
    spool::Transaction transaction;
    for (std::uint32_t i = 0; i < entry.tasks.size(); ++i) {
        auto& task = entry.tasks[i];
        const bool is_so = held ? task.held : !task.held && !task.awaits_release;
        if (task.is_done() || is_so) continue;
        if (!task.held && place_of(task).state == State::Waiting && waiting_ > 0) --waiting_;
        if (held && place_of(task).state == State::Ready) assign(task, place_of(task).destination, State::Waiting);
        transaction.emplace_back(spool::Progress{.id = id,
                                                 .task = i,
                                                 .attempts = task.attempts,
                                                 .due = held ? task.due : wall(),
                                                 .held = held,
                                                 .delay_noticed = task.delay_noticed,
                                                 .awaits_release = held && task.awaits_release,
                                                 .diagnostic = std::string(spool_.diagnostic(task.diagnostic))});
    }
    if (transaction.empty()) return;
    record_(held ? logs::Event::Held : logs::Event::Released, id, {});
    const auto tasks = transaction;
    spool_.submit(std::move(transaction), counted(order));
    if (held) return;
    for (const auto& operation : tasks) {
        const TaskName name{id, std::get<spool::Progress>(operation).task};
        const auto subject = find(name);
        if (subject && place_of(*subject.task).state == State::Waiting) wait(name, *subject.task);
    }
}

void Queue::remove(spool::MessageId id, spool::Entry& entry, const OrderPointer& order) {
    bool is_being_tried = false;
    for (std::uint32_t i = 0; i < entry.tasks.size(); ++i) is_being_tried = is_being_tried || flight_of({id, i});
    if (is_being_tried) order->count_under_way();
    forget_tasks(entry);
    losses_.erase(id);
    record_(logs::Event::Deleted, id, {});
    spool::Transaction transaction;
    transaction.emplace_back(spool::Remove{id});
    spool_.submit(std::move(transaction), counted(order));
}

/// Failed for everybody who still waits. Those on their way this moment are asked to fail when they come back.
void Queue::bounce(spool::MessageId id, spool::Entry&, const OrderPointer& order) {
    const auto envelope = spool_.load_envelope(id);
    if (!envelope) return;
    record_(logs::Event::BounceRequested, id, {});
    bool is_being_tried = false;
    for (std::uint32_t i = 0;; ++i) {
        const TaskName name{id, i};
        const auto subject = find(name);
        if (!subject) break;
        if (subject.task->is_done()) continue;
        if (Flight* flight = flight_of(name)) {
            flight->bounce_wanted = is_being_tried = true;
        } else {
            bounce_task(name, *subject.task, *envelope, order);
        }
    }
    if (is_being_tried) order->count_under_way();
}

void Queue::bounce_task(TaskName name, spool::Task& task, const spool::Envelope& envelope, const OrderPointer& order) {
    const auto place = place_of(task);
    auto conclusion = draft(name, task, envelope, "loop:");
    if (!conclusion || place.state == State::InFlight) return;  // what is being settled failed already
    for (auto& verdict : conclusion->verdicts) {
        verdict.status = Status::Failed;
        verdict.reply = returned;
    }
    if (place.state == State::Waiting && !task.held && waiting_ > 0) --waiting_;
    assign(task, place.destination, State::InFlight);
    order->begin_write();
    conclude(std::move(*conclusion), order);
}

/// A callback that counts for the order.
std::move_only_function<void(spool::Outcome)> Queue::counted(const OrderPointer& order) {
    if (!order) return [](spool::Outcome) {};
    order->begin_write();
    return [order](spool::Outcome outcome) { order->end_write(outcome.has_value()); };
}

}  // namespace qmgr
