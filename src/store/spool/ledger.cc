#include "spool/ledger.h"

#include <algorithm>

#include "lang/verify.h"

namespace spool {

namespace {

/// What the message takes of its record, which may hold a thousand others; about right for its envelope.
std::uint64_t share_of_record(const Index::Slot& slot) {
    constexpr std::uint64_t octets_of_a_message = 256;
    constexpr std::uint64_t octets_of_a_recipient = 64;
    std::uint64_t octets = octets_of_a_message + (slot.is_blob ? 0 : slot.entry.size);
    for (const Task& task : slot.entry.tasks) octets += octets_of_a_recipient * task.count;
    return std::min<std::uint64_t>(octets, slot.where.length);
}

}  // namespace

Entry entry_of(const AcceptRecord& accept) {
    Entry entry;
    entry.tasks.reserve(accept.tasks.size());
    for (const TaskRecord& record : accept.tasks) entry.tasks.push_back(record.task);
    entry.arrived = accept.arrived;
    entry.size = accept.size;
    entry.is_bounce = accept.is_bounce;
    return entry;
}

void Ledger::accept(const AcceptRecord& accept, const Location& where) {
    Index::Slot& slot = index_.insert(accept.id);
    if (slot.where.length != 0) release(slot);
    slot.entry = entry_of(accept);
    for (std::size_t i = 0; i < accept.tasks.size(); ++i)
        slot.entry.tasks[i].diagnostic = diagnostics_.intern(accept.tasks[i].diagnostic);
    slot.is_blob = accept.is_blob;
    slot.where = where;
    count(slot);
}

bool Ledger::move(MessageId id, const Location& from, const Location& to) {
    Index::Slot* slot = index_.find(id);
    if (!slot || slot->where != from) return false;
    discount(*slot);
    slot->where = to;
    count(*slot);
    return true;
}

Ledger::Effect Ledger::apply(const ProgressRecord& progress) {
    Index::Slot* slot = index_.find(progress.id);
    if (!slot || progress.task >= slot->entry.tasks.size()) return Effect::Unknown;
    Task& task = slot->entry.tasks[progress.task];
    task.pending &= ~progress.done;
    task.attempts = progress.attempts;
    task.due = progress.due;
    task.held = progress.held;
    task.delay_noticed = progress.delay_noticed;
    task.awaits_release = progress.awaits_release;
    std::uint32_t before = task.diagnostic;
    task.diagnostic = diagnostics_.intern(progress.diagnostic);
    diagnostics_.release(before);
    bool over = std::ranges::all_of(slot->entry.tasks, &Task::is_done);
    return over ? end(*slot) : Effect::Waiting;
}

Ledger::Effect Ledger::apply(const Remove& remove) {
    Index::Slot* slot = index_.find(remove.id);
    return slot ? end(*slot) : Effect::Unknown;
}

Ledger::Effect Ledger::end(Index::Slot& slot) {
    bool is_blob = slot.is_blob;
    release(slot);
    index_.erase(slot.id);
    return is_blob ? Effect::OverWithBlob : Effect::Over;
}

void Ledger::release(Index::Slot& slot) {
    for (const Task& task : slot.entry.tasks) diagnostics_.release(task.diagnostic);
    discount(slot);
}

AcceptRecord Ledger::restated(const AcceptRecord& stored, const Entry& entry) const {
    AcceptRecord now = stored;
    now.tasks.clear();
    for (const Task& task : entry.tasks) now.tasks.push_back({task, diagnostics_.text(task.diagnostic)});
    return now;
}

ProgressRecord Ledger::restated(MessageId id, const Entry& entry, std::uint32_t number) const {
    const Task& task = entry.tasks[number];
    return {.id = id,
            .task = number,
            .done = ~task.pending,
            .attempts = task.attempts,
            .due = task.due,
            .held = task.held,
            .delay_noticed = task.delay_noticed,
            .awaits_release = task.awaits_release,
            .diagnostic = diagnostics_.text(task.diagnostic)};
}

Live Ledger::live(std::uint32_t segment) const {
    auto found = live_.find(segment);
    return found == live_.end() ? Live{} : found->second;
}

void Ledger::count(const Index::Slot& slot) {
    Live& live = live_[slot.where.segment];
    ++live.messages;
    live.octets += share_of_record(slot);
}

void Ledger::discount(const Index::Slot& slot) {
    auto found = live_.find(slot.where.segment);
    VERIFY(found != live_.end());
    --found->second.messages;
    found->second.octets -= share_of_record(slot);
    if (found->second.messages == 0) live_.erase(found);
}

}  // namespace spool
