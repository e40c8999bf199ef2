// What is due: tasks that wait for their time, tasks that stand in a destination's line, and the way from one to the
// other. The retry schedule itself is retry.h, destinations and their turns are destination.h.

#include <algorithm>
#include <bit>
#include <cerrno>

#include "qmgr/queue.h"

namespace qmgr {
namespace {

constexpr int marks_in_a_turn = 300;  // each may have to be read from disk; then others are heard
constexpr std::size_t swept_in_a_turn = 2000;
constexpr milliseconds sweep_interval = std::chrono::minutes(1);

std::uint32_t stamp_of(const spool::Task& task) { return static_cast<std::uint32_t>(task.due); }

constexpr milliseconds longest_look_away = std::chrono::hours(1);

/// Until task.due, but never longer than the schedule's longest wait, whatever the clock said when that was written. A
/// release may be as far away as its sender wanted, so the clock is asked again now and then: it may be set meanwhile.
std::int64_t wait_of(const spool::Task& task, std::int64_t wall, milliseconds longest_retry) {
    const milliseconds longest = task.awaits_release ? longest_look_away : longest_retry * 11 / 10;
    return std::clamp<std::int64_t>(task.due - wall, 0, longest.count());
}

}  // namespace

void Queue::start() {
    std::size_t tasks = 0;
    spool_.for_each([&](spool::MessageId, const spool::Entry& entry) { tasks += entry.tasks.size(); });
    marks_.reserve(tasks);
    const auto steady = now().time_since_epoch().count();
    spool_.for_each([&](spool::MessageId id, const spool::Entry& entry) {
        for (std::uint32_t i = 0; i < entry.tasks.size(); ++i) {
            const auto& task = entry.tasks[i];
            if (task.is_done() || task.held) continue;
            marks_.add_unordered({steady + wait_of(task, wall(), settings_.longest_retry), id, i, stamp_of(task)});
            ++waiting_;
        }
    });
    marks_.order();
    sweep_at_ = now() + sweep_interval;
}

Queue::Subject Queue::find(TaskName name) {
    spool::Entry* entry = spool_.mutable_entry(name.id);
    if (!entry || name.task >= entry->tasks.size()) return {};
    return {entry, &entry->tasks[name.task]};
}

/// The one way a task changes its state or destination; the counts follow.
void Queue::assign(spool::Task& task, DestinationNumber number, State state) {
    const Place before = place_of(task);
    if (before.destination != number) {
        if (number != unknown_destination) destinations_.join(number);
        if (before.destination != unknown_destination) destinations_.leave(before.destination, now());
    }
    if (before.state == State::Ready) --ready_;
    if (state == State::Ready) ++ready_;
    put(task, {state, number});
}

void Queue::unassign(spool::Task& task) { assign(task, unknown_destination, State::Waiting); }

/// Before the message leaves the spool: nothing may count its tasks any more.
void Queue::forget_tasks(spool::Entry& entry) {
    for (auto& task : entry.tasks) {
        if (place_of(task).state == State::Waiting && !task.is_done() && !task.held && waiting_ > 0) --waiting_;
        unassign(task);
    }
}

void Queue::wait(TaskName name, spool::Task& task) {
    assign(task, place_of(task).destination, State::Waiting);
    if (task.held || task.is_done()) return;
    const auto wait = wait_of(task, wall(), settings_.longest_retry);
    marks_.add({now().time_since_epoch().count() + wait, name.id, name.task, stamp_of(task)});
    ++waiting_;
    if (marks_.size() > 2 * waiting_ + 10'000)
        marks_.drop_unless([&](const Mark& mark) { return means_something(mark); });
}

bool Queue::means_something(const Mark& mark) const {
    if (mark.id == 0) return true;
    const spool::Entry* entry = spool_.entry(mark.id);
    if (!entry || mark.task >= entry->tasks.size()) return false;
    const auto& task = entry->tasks[mark.task];
    return !task.held && !task.is_done() && place_of(task).state == State::Waiting && stamp_of(task) == mark.stamp;
}

void Queue::look_at(const Mark& mark) {
    if (mark.id == 0) {
        destinations_.stand_in_round(mark.task, now());
        destinations_.forget_if_idle(mark.task, now());
        return;
    }
    if (!means_something(mark)) return;
    if (waiting_ > 0) --waiting_;
    const TaskName name{mark.id, mark.task};
    if (const auto subject = find(name); subject.task->awaits_release && subject.task->due > wall())
        return wait(name, *subject.task);
    if (auto subject = find(name); know_destination(name, *subject.task))
        if (subject = find(name); subject) make_ready(name, *subject.task);
}

/// Where its first waiting recipient goes. False: that could not be found out now, and the task was seen to.
bool Queue::know_destination(TaskName name, spool::Task& task) {
    if (place_of(task).destination != unknown_destination) return true;
    const auto envelope = spool_.load_envelope(name.id);
    const auto subject = find(name);  // damaged messages are taken away while they are read
    if (!subject) return false;
    const auto left = subject.task->pending & ~settling_.of(name);
    const auto first = subject.task->first + static_cast<std::uint32_t>(std::countr_zero(left));
    if (!envelope || first >= envelope->recipients.size()) {
        defer_unread(name, *subject.task, envelope ? file::Error{.number = EBADMSG} : envelope.error());
        return false;
    }
    const auto number = destinations_.join(destination_of(envelope->recipients[first], settings_.routes));
    assign(*subject.task, number, State::Waiting);
    destinations_.leave(number, now());  // join(key) counted one, assign() another
    return true;
}

/// Routes changed while it was on its way.
void Queue::reroute(TaskName name, spool::Task& task) {
    unassign(task);
    if (!know_destination(name, task)) return;
    if (const auto subject = find(name)) make_ready(name, *subject.task);
}

/// The disk does not give the message back: damaged ones are held for an administrator, others tried later.
void Queue::defer_unread(TaskName name, spool::Task& task, const file::Error& error) {
    record_(logs::Event::SpoolDamaged, name.id, {{"reason", file::to_text(error)}});
    spool::Progress progress{.id = name.id,
                             .task = name.task,
                             .attempts = task.attempts,
                             .due = wall() + settings_.first_retry.count(),
                             .held = error.number == EBADMSG,
                             .delay_noticed = task.delay_noticed,
                             .diagnostic = "451 4.3.0 the message cannot be read"};
    submit_lazily(std::move(progress));
    if (const auto subject = find(name)) wait(name, *subject.task);
}

void Queue::make_ready(TaskName name, spool::Task& task) {
    const auto number = place_of(task).destination;
    assign(task, number, State::Ready);
    destinations_[number].ready.push(name);
    destinations_.stand_in_round(number, now());
}

void Queue::schedule_new(spool::MessageId id, const std::vector<std::string>& destinations) {
    for (std::uint32_t i = 0; i < destinations.size(); ++i) {
        const TaskName name{id, i};
        const auto subject = find(name);
        if (!subject) return;
        if (subject.task->held) continue;
        if (subject.task->awaits_release) {
            wait(name, *subject.task);
            continue;
        }
        const auto number = destinations_.join(destinations[i]);
        assign(*subject.task, number, State::Waiting);
        destinations_.leave(number, now());
        make_ready(name, *subject.task);
    }
}

void Queue::rest(DestinationNumber number) {
    marks_.add({destinations_[number].rests_until.time_since_epoch().count(), 0, number, 0});
}

std::optional<clocks::Steady> Queue::deadline() const {
    std::optional<clocks::Steady> first = marks_.first();
    const auto consider = [&](std::optional<clocks::Steady> other) {
        if (other && (!first || *other < *first)) first = other;
    };
    consider(flush_at_);
    if (!spool_.is_stalled())
        retry_spool_at_.reset();
    else if (!retry_spool_at_)
        retry_spool_at_ = now() + spool_pause;
    consider(retry_spool_at_);
    consider(ask_again_at_);
    if (!admin_jobs_.is_idle() || sweeping_ != 0) consider(now());
    if (ready_ > 0) consider(sweep_at_);
    return first;
}

void Queue::tick() {
    ages_.observe();
    for (int i = 0; i < marks_in_a_turn; ++i) {
        const auto mark = marks_.take(now());
        if (!mark) break;
        look_at(*mark);
    }
    if (retry_spool_at_ && *retry_spool_at_ <= now()) {
        retry_spool_at_.reset();
        spool_.flush();
    }
    if (flush_at_ && *flush_at_ <= now()) {
        flush_at_.reset();
        spool_.flush();
    }
    if (ask_again_at_ && *ask_again_at_ <= now()) ask_again();
    give_out();
    if (sweeping_ != 0 || (ready_ > 0 && sweep_at_ <= now())) sweep();
    admin_jobs_.work_a_little();
    give_out();
}

/// Tasks in a line do not come by their own attempts; their time passes all the same. Once a minute somebody looks.
void Queue::sweep() {
    if (sweeping_ == 0) {
        sweeping_ = 1;
        sweep_position_ = 0;
    }
    std::size_t swept = 0;
    for (; sweeping_ < destinations_.slots(); ++sweeping_, sweep_position_ = 0) {
        for (; sweep_position_ < destinations_[sweeping_].ready.size(); ++sweep_position_) {
            if (++swept > swept_in_a_turn) return;
            sweep_task(destinations_[sweeping_].ready[sweep_position_], sweeping_);
        }
        if (++swept > swept_in_a_turn) return;
    }
    sweeping_ = 0;
    sweep_at_ = now() + sweep_interval;
}

void Queue::sweep_task(TaskName name, DestinationNumber number) {
    auto subject = find(name);
    if (!subject || place_of(*subject.task) != Place{State::Ready, number} || subject.task->held) return;
    const auto& destination = destinations_[number];
    // Where the destination rests, the probes of others stood for this one's last attempt.
    const bool expired = destination.is_down() && is_expired(*subject.entry, *subject.task, &destination);
    const bool can_ask = has_directory_ || !knows_directory_;
    const bool delayed = can_ask && is_delay_due(*subject.entry, *subject.task);
    if (!expired && !delayed) return;
    const auto envelope = spool_.load_envelope(name.id);
    subject = find(name);
    if (!subject || !envelope) return;
    auto conclusion = draft(name, *subject.task, *envelope, destination.key);
    if (!conclusion) return;
    if (expired) expire(*conclusion, *subject.task);
    conclusion->notices_delay = !expired;
    assign(*subject.task, number, State::InFlight);
    conclude(std::move(*conclusion));
}

}  // namespace qmgr
