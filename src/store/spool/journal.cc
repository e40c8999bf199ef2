#include "spool/journal.h"

#include <fmt/format.h>

#include <algorithm>
#include <ranges>
#include <utility>

#include "lang/defer.h"
#include "lang/verify.h"

namespace spool {
namespace {

constexpr std::size_t most_drafts = 1024;  // in one group
constexpr std::uint64_t room_of_a_message = inline_body + 16 * 1024;

}  // namespace

Journal::Journal(file::Disk& disk, file::Worker& worker, Spares& spares, const Options& options, const Start& start,
                 Listener listener)
    : disk_(disk),
      worker_(worker),
      spares_(spares),
      options_(options),
      listener_(std::move(listener)),
      next_segment_(start.next_segment),
      next_sequence_(start.next_sequence) {
    segment_.spool = start.spool;
    segment_.generation = start.generation;
    spares_.on_change = [this] { this->start(); };
}

void Journal::submit(Draft draft, Urgency urgency) {
    draft.ticket = ++last_ticket_;
    pending_.push_back(std::move(draft));
    spares_.replenish();
    if (urgency == Urgency::Now) flush();
}

void Journal::flush() {
    spares_.replenish();
    urgent_ = true;
    start();
}

bool Journal::is_full() const {
    if (broken_ || spares_.is_making()) return false;
    if (spares_.count() < Spares::reserved) return true;
    bool is_used_up = !has_segment_ || offset_ + room_of_a_message > options_.segment_size;
    return is_used_up && spares_.count() == Spares::reserved;
}

bool Journal::is_stalled() const {
    return !broken_ && !in_flight_ && !spares_.is_making() && (is_full() || !casualties_.empty());
}

Journal::Position Journal::position() const {
    if (in_flight_)
        return {in_flight_->segment.segment, in_flight_->offset, in_flight_->drafts.front().header.sequence};
    if (has_segment_) return {segment_.segment, offset_, next_sequence_};
    return {next_segment_, page_size, next_sequence_};
}

bool Journal::is_settled(std::uint64_t ticket) const {
    auto is_older = [&](const Draft& draft) { return draft.ticket <= ticket; };
    return casualties_.empty() && (pending_.empty() || !is_older(pending_.front())) &&
           (!in_flight_ || std::ranges::none_of(in_flight_->drafts, is_older));
}

/// Whether the oldest draft has room in the segment in use. An empty segment takes anything.
bool Journal::fits() const {
    return has_segment_ && (offset_ == page_size || offset_ + pending_.front().size() <= options_.segment_size);
}

/// Fails pending drafts: all of them, or those that need not succeed.
void Journal::refuse(Failure failure, bool everything) {
    std::deque<Draft> refused, kept;
    for (Draft& draft : pending_) (draft.must_succeed && !everything ? kept : refused).push_back(std::move(draft));
    pending_ = std::move(kept);
    for (Draft& draft : refused) listener_.on_failed(draft, failure);
}

bool Journal::make_room() {
    if (fits()) return true;
    if (spares_.count() < Spares::wanted) {
        spares_.replenish();
        if (spares_.is_making()) {  // its place is taken by the one in the making, so one of the reserve may be used
            if (spares_.count() < Spares::reserved) return false;
            open_next_segment();
            return true;
        }
        refuse(Failure::Full, /*everything=*/false);
        if (pending_.empty()) return false;
        if (fits()) return true;
        if (spares_.count() == 0) return false;
    }
    open_next_segment();
    return true;
}

void Journal::open_next_segment() {
    spare_ = spares_.take();
    file_.reset();
    segment_.segment = next_segment_++;
    segment_.first_sequence = next_sequence_;
    VERIFY(segment_.segment <= std::uint32_t(-1));
    offset_ = page_size;
    has_segment_ = true;
    listener_.on_segment(segment_.segment);
    spares_.replenish();
}

std::shared_ptr<Group> Journal::assemble() {
    auto group = std::make_shared<Group>();
    group->segment = segment_;
    group->offset = offset_;
    group->spare = std::exchange(spare_, {});
    group->file = file_;
    const std::uint64_t room = options_.segment_size > offset_ ? options_.segment_size - offset_ : 0;
    const std::uint64_t most = std::min(options_.largest_group, room);
    std::uint64_t size = 0;
    do {
        Draft& draft = group->drafts.emplace_back(std::move(pending_.front()));
        pending_.pop_front();
        size += draft.size();
        draft.header.sequence = next_sequence_++;
        draft.header.position = static_cast<std::uint32_t>(group->drafts.size() - 1);
        draft.header.ends_group = false;
    } while (!pending_.empty() && group->drafts.size() < most_drafts && size + pending_.front().size() <= most);
    group->drafts.back().header.ends_group = true;
    if (pending_.empty()) urgent_ = false;
    return group;
}

void Journal::start() {
    if (broken_) return refuse(Failure::Broken, /*everything=*/true);
    if (is_held_ || in_flight_ || pending_.empty() || !urgent_ || !make_room()) return;
    in_flight_ = assemble();
    auto result = std::make_shared<file::Result<void>>();
    worker_.run([group = in_flight_, result, &disk = disk_] { *result = group->write(disk); },
                [this, group = in_flight_, result, alive = std::weak_ptr(alive_)] {
                    if (!alive.expired()) finish(group, *result);
                });
}

bool Journal::write_now() {
    Defer released([this, before = std::exchange(is_held_, true)] { is_held_ = before; });
    while (!pending_.empty() && !broken_) {
        if (!fits() && spares_.count() == 0) static_cast<void>(spares_.make_one(page_size + pending_.front().size()));
        if (!fits() && spares_.count() == 0) return false;
        if (!fits()) open_next_segment();
        auto group = in_flight_ = assemble();
        finish(group, group->write(disk_));
    }
    return !broken_;
}

void Journal::finish(const std::shared_ptr<Group>& group, const file::Result<void>& result) {
    in_flight_.reset();
    const bool was_held = std::exchange(is_held_, true);
    if (result) {
        succeed(*group);
    } else if (failing_) {
        break_down(*group);
    } else {
        fail(*group, result.error());
    }
    listener_.on_group_end();
    is_held_ = was_held;
    start();
}

void Journal::succeed(Group& group) {
    file_ = group.file;
    written_ += group.end() - offset_;
    offset_ = group.end();
    failing_ = false;
    Location where = group.location(0);
    for (Draft& draft : group.drafts) {
        where.length = static_cast<std::uint32_t>(draft.header.length());
        where.meta_length = draft.header.meta_length;
        listener_.on_durable(draft, where);
        where.offset += static_cast<std::uint32_t>(draft.size());
    }
    for (Draft& draft : std::exchange(casualties_, {})) listener_.on_failed(draft, Failure::Failed);
}

void Journal::fail(Group& group, const file::Error& error) {
    listener_.on_report(
        fmt::format("journal segment {} failed, going on in the next one: {}", group.segment.segment, to_text(error)));
    failing_ = true;
    ++failures_;
    has_segment_ = false;
    file_.reset();
    const Abort abort{group.segment.segment, group.drafts.front().header.sequence, group.drafts.back().header.sequence};
    for (Draft& draft : group.drafts | std::views::reverse) {
        if (draft.must_succeed) {
            pending_.push_front(std::move(draft));
        } else {
            casualties_.insert(casualties_.begin(), std::move(draft));
        }
    }
    pending_.push_front(draft_of(abort));
    urgent_ = true;
}

void Journal::break_down(Group& group) {
    listener_.on_report("the journal cannot be written any more; only a restart can help");
    broken_ = true;
    ++failures_;
    for (Draft& draft : std::exchange(casualties_, {})) listener_.on_failed(draft, Failure::Broken);
    for (Draft& draft : group.drafts) listener_.on_failed(draft, Failure::Broken);
    refuse(Failure::Broken, /*everything=*/true);
}

}  // namespace spool
