// An attempt: one task given to one relay or deliver process, and its return. In flight it is volatile: when the
// process dies, or this one, the task is simply ready again.

#include <algorithm>
#include <bit>

#include "qmgr/queue.h"
#include "site/relay.h"
#include "srs/address.h"

namespace qmgr {
namespace {

process::Role role_of(Way way) { return way == Way::Local ? process::Role::Deliver : process::Role::Relay; }

smtp::Envelope message_envelope(const spool::Envelope& stored) {
    return {.reverse_path = stored.reverse_path,
            .body = stored.body,
            .smtputf8 = stored.smtputf8,
            .ret = stored.ret,
            .envelope_id = stored.envelope_id};
}

/// "error:5.1.2 text" and "loop:" as what another server would have said.
RecipientOutcome outcome_of(std::string_view key) {
    if (key == "discard") return {.status = Status::Delivered, .reply = {250, "2.0.0", "discarded"}};
    if (key == "loop:")
        return {.status = Status::Failed, .reply = {554, "5.4.6", "This message is going round in circles"}};
    key.remove_prefix(std::string_view("error:").size());
    const auto blank = std::min(key.find(' '), key.size());
    const auto text = key.substr(std::min(blank + 1, key.size()));
    return {.status = Status::Failed, .reply = {550, std::string(key.substr(0, blank)), std::string(text)}};
}

}  // namespace

void Queue::give_out() {
    give_out_by(Way::Ourselves);
    if (is_stopping_) return;
    if (!local_is_paused_) give_out_by(Way::Local);
    if (!remote_is_paused_) give_out_by(Way::Relay);
}

void Queue::give_out_by(Way way) {
    const auto most = way == Way::Local ? settings_.attempts_per_deliver : settings_.attempts_per_relay;
    const auto somebody = [&](std::uint8_t preferred) {
        return processes_.least_loaded(role_of(way), preferred, most, settings_.octets_per_peer);
    };
    while (way == Way::Ourselves || somebody(0)) {
        const auto number = destinations_.next(way, now());
        if (!number) return;
        if (const auto name = next_ready(*number)) {
            if (way == Way::Ourselves)
                settle_ourselves(*name, *number);
            else
                start_attempt(*name, *number, *somebody(destinations_[*number].last_process));
        }
        destinations_.stand_in_round(*number, now());
        destinations_.forget_if_idle(*number, now());
    }
}

/// Lines hold hints: what left them by another way is passed over.
std::optional<TaskName> Queue::next_ready(DestinationNumber number) {
    auto& line = destinations_[number].ready;
    while (!line.is_empty()) {
        const auto name = line.pop();
        const auto subject = find(name);
        if (subject && place_of(*subject.task) == Place{State::Ready, number} && !subject.task->held) return name;
    }
    return std::nullopt;
}

std::optional<spool::Stored> Queue::load(TaskName name) {
    auto stored = spool_.load(name.id);
    if (stored) return std::move(*stored);
    if (const auto subject = find(name)) defer_unread(name, *subject.task, stored.error());
    return std::nullopt;
}

/// The waiting recipients of a task that go to this destination, as a conclusion without verdicts. After routes
/// changed, recipients of one task may go to different places; then it takes several attempts, one place after another.
std::optional<Conclusion> Queue::draft(TaskName name, const spool::Task& task, const spool::Envelope& envelope,
                                       std::string_view destination) const {
    Conclusion out{
        .id = name.id, .task = name.task, .message = message_envelope(envelope), .arrived = envelope.arrived};
    for (auto left = task.pending & ~settling_.of(name); left != 0; left &= left - 1) {
        const auto place = static_cast<std::uint8_t>(std::countr_zero(left));
        if (task.first + place >= envelope.recipients.size()) return std::nullopt;
        const auto& recipient = envelope.recipients[task.first + place];
        if (!recipient.sender.empty()) out.message.reverse_path = recipient.sender;  // the same for all of the task
        if (srs::is_rewritten(recipient.sender)) out.author = envelope.reverse_path;
        if (destination != "loop:" && destination_of(recipient, settings_.routes) != destination) continue;
        out.tried |= 1ULL << place;
        const auto number = static_cast<std::uint8_t>(out.verdicts.size());
        out.verdicts.push_back({.place = place, .in_attempt = number, .recipient = recipient.smtp});
    }
    if (out.verdicts.empty()) return std::nullopt;
    return out;
}

void Queue::start_attempt(TaskName name, DestinationNumber number, ProcessLoad& process) {
    auto stored = load(name);
    const auto subject = find(name);
    if (!stored || !subject) return;
    auto& destination = destinations_[number];
    auto conclusion = draft(name, *subject.task, stored->envelope, destination.key);
    if (!conclusion) return reroute(name, *subject.task);
    conclusion->attempt = ++last_attempt_;
    Flight flight{.peer = process.peer,
                  .destination = number,
                  .began = now(),
                  .octets = stored->octets.size(),
                  .draft = std::move(*conclusion)};
    assign(*subject.task, number, State::InFlight);
    destinations_.started(number);
    ++process.attempts;
    process.octets += flight.octets;
    destination.last_process = process.peer.index;
    record_attempt(flight.draft, destination, stored->envelope.reverse_path);
    if (destination.way == Way::Local)
        send_to_deliver(flight, *stored, *subject.task);
    else
        send_to_relay(flight, *stored);
    flights_.emplace(last_attempt_, std::move(flight));
}

/// Routes that need no other process: discard, error, a loop.
void Queue::settle_ourselves(TaskName name, DestinationNumber number) {
    const auto envelope = spool_.load_envelope(name.id);
    const auto subject = find(name);
    if (!subject) return;
    const auto& key = destinations_[number].key;
    if (!envelope) return defer_unread(name, *subject.task, envelope.error());
    auto conclusion = draft(name, *subject.task, *envelope, key);
    if (!conclusion) return reroute(name, *subject.task);
    conclusion->attempt = ++last_attempt_;
    record_attempt(*conclusion, destinations_[number], envelope->reverse_path);
    for (auto& verdict : conclusion->verdicts) judge_one(verdict, outcome_of(key));
    assign(*subject.task, number, State::InFlight);
    conclude(std::move(*conclusion));
}

void Queue::send_to_relay(const Flight& flight, spool::Stored& message) {
    auto& destination = destinations_[flight.destination];
    tell_connections(destination, flight.peer);
    relay::Attempt attempt{.attempt = flight.draft.attempt,
                           .message = flight.draft.id,
                           .destination = destination.key,
                           .envelope = flight.draft.message,
                           .octets = std::move(message.octets)};
    for (const auto& verdict : flight.draft.verdicts) attempt.envelope.recipients.push_back(verdict.recipient);
    attempt.size = attempt.octets.size();
    if (message.blob) {
        attempt.size = message.blob->size().value_or(0);
        if (auto descriptor = message.blob->duplicate_read_only()) attempt.blob = std::move(*descriptor);
    }
    peers_.send(flight.peer, attempt);
}

void Queue::send_to_deliver(const Flight& flight, spool::Stored& message, const spool::Task& task) {
    const auto& verdict = flight.draft.verdicts.front();
    const auto& recipient = message.envelope.recipients[task.first + verdict.place];  // draft() has looked
    deliver::Attempt attempt{.attempt = flight.draft.attempt,
                             .message = flight.draft.id,
                             .recipient = task.first + verdict.place,
                             .address = verdict.recipient.address,
                             .target = recipient.target,
                             .is_plain = recipient.transport == spool::Transport::Mailbox,
                             .is_junk = recipient.is_junk,
                             .reverse_path = flight.draft.message.reverse_path,
                             .arrived = flight.draft.arrived,
                             .octets = std::move(message.octets)};
    attempt.size = attempt.octets.size();
    if (message.blob) {
        attempt.size = message.blob->size().value_or(0);
        if (auto descriptor = message.blob->duplicate_read_only()) attempt.blob = std::move(*descriptor);
    }
    peers_.send(flight.peer, attempt);
}

/// The total for a destination is shared out among the relays, each of which hears its share once.
void Queue::tell_connections(DestinationState& destination, Peer relay) {
    const std::uint64_t bit = 1ULL << (relay.index % 64);
    if (destination.told & bit) return;
    destination.told |= bit;
    const auto share = site::share_of(settings_.connections_per_destination, processes_.count(process::Role::Relay));
    peers_.send(relay, relay::Connections{destination.key, share});
}

void Queue::record_attempt(const Conclusion& conclusion, const DestinationState& destination,
                           const std::string& reverse_path) {
    const auto& sender = conclusion.message.reverse_path;
    for (const auto& verdict : conclusion.verdicts)
        record_(logs::Event::AttemptStarted, conclusion.id,
                {{"to", verdict.recipient.address},
                 {"attempt", conclusion.attempt},
                 {"recipient", verdict.in_attempt},
                 {"sender", sender == reverse_path ? "" : sender},
                 {"transport", destination.way == Way::Local ? "local" : "remote"},
                 {"destination", destination.key}});
}

void Queue::on(Peer peer, const AttemptDone& message) {
    const auto found = flights_.find(message.attempt);
    if (found == flights_.end() || found->second.peer != peer) {
        // Hostile: an outcome counts only for an attempt that is open with the peer that reports it.
        record_(logs::Event::Warning, 0, {{"reason", "an outcome for an attempt that is not open"}});
        return;
    }
    ages_.observe();
    Flight flight = std::move(found->second);
    flights_.erase(found);
    if (ProcessLoad* process = processes_.find(peer)) {
        --process->attempts;
        process->octets -= flight.octets;
    }
    if (!message.was_begun) return take_back(std::move(flight));
    const auto& said = message.recipients;
    const auto told = message.destination <= Destination::Busy ? message.destination : Destination::Fine;
    note(flight.destination, told, flight.began, said.empty() ? "" : said.front().reply.text);
    losses_.erase(flight.draft.id);
    if (const auto subject = find({flight.draft.id, flight.draft.task})) {
        judge(flight, message, subject);
        conclude(std::move(flight.draft));
    }
    give_out();
}

const Queue::Flight* Queue::flight_of(TaskName name) const {
    const auto found = std::ranges::find_if(flights_, [&](const auto& flight) {
        return flight.second.draft.id == name.id && flight.second.draft.task == name.task;
    });
    return found == flights_.end() ? nullptr : &found->second;
}

Queue::Flight* Queue::flight_of(TaskName name) { return const_cast<Flight*>(std::as_const(*this).flight_of(name)); }

/// A process that ends had not begun with it: ready again, as if it had never been given out.
void Queue::take_back(Flight flight) {
    if (ProcessLoad* process = processes_.find(flight.peer)) process->is_leaving = true;
    destinations_.lost(flight.destination);
    const TaskName name{flight.draft.id, flight.draft.task};
    const auto subject = find(name);
    if (subject && flight.bounce_wanted) {
        const RecipientOutcome outcome{.reply = {451, "4.3.2", "not tried"}};
        judge(flight, {.recipients = std::vector(flight.draft.verdicts.size(), outcome)}, subject);
        conclude(std::move(flight.draft));
    } else if (subject && subject.task->held) {
        wait(name, *subject.task);
    } else if (subject) {
        make_ready(name, *subject.task);
    }
    give_out();
}

/// The process that had it is gone. Once is bad luck, twice may be the message's doing: then it waits its turn.
void Queue::lose(Flight flight) {
    destinations_.lost(flight.destination);
    const TaskName name{flight.draft.id, flight.draft.task};
    const auto subject = find(name);
    if (!subject) return losses_.erase(name.id), void();
    if (++losses_[name.id] == 1 && !flight.bounce_wanted) {
        if (!subject.task->held) return make_ready(name, *subject.task);
        return wait(name, *subject.task);
    }
    losses_[name.id] = 1;
    const RecipientOutcome outcome{.reply = {451, "4.3.0", "the delivering process ended unexpectedly"}};
    judge(flight, {.recipients = std::vector(flight.draft.verdicts.size(), outcome)}, subject);
    conclude(std::move(flight.draft));
}

void Queue::note(DestinationNumber number, Destination told, clocks::Steady began, std::string_view reason) {
    const auto turn = destinations_.finished(number, told, began, now(), random_);
    const auto& destination = destinations_[number];
    if (turn == Turn::Up) record_(logs::Event::DestinationUp, 0, {{"destination", destination.key}});
    if (turn == Turn::Down) {
        const auto until = wall() + (destination.rests_until - now()).count();
        record_(logs::Event::DestinationDown, 0,
                {{"destination", destination.key}, {"due", until}, {"reason", reason}});
        rest(number);
    }
    destinations_.stand_in_round(number, now());
    destinations_.forget_if_idle(number, now());
}

}  // namespace qmgr
