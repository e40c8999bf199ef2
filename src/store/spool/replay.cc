#include "spool/replay.h"

#include <algorithm>

#include "spool/segment_reader.h"

namespace spool {
namespace {

constexpr std::size_t most_quarantined = 16 * 1024 * 1024;  // octets of one loss
constexpr std::size_t groups_kept = 2;

Location location_of(const Place& place, const RecordHeader& header) {
    return {.segment = static_cast<std::uint32_t>(place.segment),
            .offset = static_cast<std::uint32_t>(place.offset),
            .length = static_cast<std::uint32_t>(header.length()),
            .meta_length = header.meta_length};
}

}  // namespace

bool Replay::is_aborted(std::uint64_t segment, std::uint64_t sequence) const {
    return std::ranges::any_of(aborts_, [&](const Abort& abort) {
        return abort.segment == segment && abort.first_sequence <= sequence && sequence <= abort.last_sequence;
    });
}

bool Replay::were_aborted(std::uint64_t from, std::uint64_t to) const {
    return std::ranges::any_of(
        aborts_, [&](const Abort& abort) { return abort.first_sequence <= from && to <= abort.last_sequence; });
}

void Replay::read(std::string_view octets, const SegmentHeader& segment, std::uint64_t offset, std::uint64_t limit) {
    if (next_sequence_ == 0) next_sequence_ = segment.first_sequence;
    std::vector<std::pair<std::uint64_t, RecordHeader>> last_group;
    Scan scan(octets, segment.segment, segment.generation, offset);
    while (auto sight = scan.next()) {
        if (const auto* damaged = std::get_if<Damaged>(&*sight)) {
            see(*damaged, segment.segment, octets, limit);
            continue;
        }
        const Whole& whole = std::get<Whole>(*sight);
        if (!see(whole, segment.segment, limit)) continue;
        if (!last_group.empty() && last_group.back().second.first_of_group() != whole.header.first_of_group())
            last_group.clear();
        last_group.emplace_back(whole.offset, whole.header);
    }
    if (last_group.empty()) return;
    auto& kept = last_groups_.emplace_back();
    for (const auto& [at, header] : last_group)
        kept.push_back(
            {std::string(octets.substr(at, header.length())), header, {segment.generation, segment.segment, at}});
    if (last_groups_.size() > groups_kept) last_groups_.erase(last_groups_.begin());
}

/// Octets that are no record; where their header is readable, it is known which record they were.
void Replay::see(const Damaged& damaged, std::uint64_t segment, std::string_view octets, std::uint64_t limit) {
    Loss loss{.segment = segment, .offset = damaged.offset};
    loss.octets = octets.substr(damaged.offset, std::min<std::uint64_t>(damaged.length, most_quarantined));
    if (!damaged.header) {
        if (!unreadable_) unreadable_ = std::move(loss);
        return;
    }
    const RecordHeader& header = *damaged.header;
    if (header.sequence >= limit || header.sequence < next_sequence_) return;
    note_gap_before(header.sequence);
    next_sequence_ = header.sequence + 1;
    if (is_aborted(segment, header.sequence)) return;
    loss.sequence = header.sequence;
    loss.records = 1;
    loss.message = header.message;
    loss.first_of_group = header.first_of_group();
    losses_.push_back(std::move(loss));
}

/// Whether the record counts.
bool Replay::see(const Whole& whole, std::uint64_t segment, std::uint64_t limit) {
    const RecordHeader& header = whole.header;
    if (header.sequence >= limit || header.sequence < next_sequence_) return false;
    note_gap_before(header.sequence);
    next_sequence_ = header.sequence + 1;
    last_group_ = header.first_of_group();
    if (is_aborted(segment, header.sequence)) return false;
    apply(whole, location_of({.segment = segment, .offset = whole.offset}, header));
    return true;
}

void Replay::note_gap_before(std::uint64_t sequence) {
    Loss loss = std::exchange(unreadable_, std::nullopt).value_or(Loss{});
    if (sequence == next_sequence_ || were_aborted(next_sequence_, sequence - 1)) return;
    loss.sequence = loss.first_of_group = next_sequence_;
    loss.records = sequence - next_sequence_;
    losses_.push_back(std::move(loss));
}

void Replay::apply(const Whole& whole, const Location& where) {
    const auto* operations = std::get_if<std::vector<OperationRecord>>(&whole.content);
    if (!operations) return;
    for (const OperationRecord& operation : *operations) {
        if (const auto* accept = std::get_if<AcceptRecord>(&operation)) {
            highest_id_ = std::max(highest_id_, accept->id);
            if (accept->id != 0) ledger_.accept(*accept, where);
        } else if (const auto* progress = std::get_if<ProgressRecord>(&operation)) {
            ledger_.apply(*progress);
        } else {
            ledger_.apply(std::get<Remove>(operation));
        }
    }
}

std::vector<Replay::Loss> Replay::losses() const {
    std::vector<Loss> losses = losses_;
    for (Loss& loss : losses) loss.is_unfinished = loss.first_of_group >= last_group_;
    if (unreadable_) {
        losses.push_back(*unreadable_);
        losses.back().sequence = next_sequence_;
        losses.back().is_unfinished = true;
    }
    return losses;
}

/// One record for all of it: each statement shows what others of the same groups did, so they are true together only.
std::vector<Draft> Replay::unconfirmed() const {
    std::vector<Draft> drafts;
    Drafter drafter;
    for (const auto& group : last_groups_) {
        for (const Kept& kept : group) {
            Sight sight = look_at(kept.octets, kept.header, kept.place);
            const Whole& whole = std::get<Whole>(sight);
            if (const auto* abort = std::get_if<Abort>(&whole.content)) {
                drafts.push_back(draft_of(*abort));
            } else {
                restate(drafter, whole, location_of(kept.place, kept.header));
            }
        }
    }
    if (!drafter.is_empty()) {
        drafts.push_back(drafter.finish());
        drafts.back().must_succeed = true;
    }
    return drafts;
}

/// Not the old record again, which would undo what came after it, but how the same messages are now.
void Replay::restate(Drafter& drafter, const Whole& whole, const Location& where) const {
    std::string_view bodies = whole.bodies;
    for (const OperationRecord& operation : std::get<std::vector<OperationRecord>>(whole.content)) {
        const auto* accept = std::get_if<AcceptRecord>(&operation);
        MessageId id = std::visit([](const auto& any) { return any.id; }, operation);
        const Index::Slot* slot = ledger_.find(id);
        if (!slot) {
            drafter.add(Remove{id});
        } else if (accept) {
            restate(drafter, *accept, bodies.substr(0, accept->body_length), where);
        } else if (const auto* progress = std::get_if<ProgressRecord>(&operation)) {
            if (progress->task < slot->entry.tasks.size())
                drafter.add(ledger_.restated(id, slot->entry, progress->task));
        }
        if (accept) bodies.remove_prefix(accept->body_length);
    }
}

void Replay::restate(Drafter& drafter, const AcceptRecord& accept, std::string_view body, const Location& where) const {
    const Index::Slot& slot = *ledger_.find(accept.id);
    if (slot.where != where) {  // a later record holds the message
        for (std::uint32_t task = 0; task < slot.entry.tasks.size(); ++task)
            drafter.add(ledger_.restated(accept.id, slot.entry, task));
        return;
    }
    Newcomer newcomer;
    newcomer.accept = ledger_.restated(accept, slot.entry);
    newcomer.octets = body;
    if (auto envelope = parse_envelope(accept.envelope)) newcomer.envelope = *std::move(envelope);
    newcomer.moved_from = where;
    drafter.add(std::move(newcomer));
}

}  // namespace spool
