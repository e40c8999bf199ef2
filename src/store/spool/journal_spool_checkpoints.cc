// When a journal spool takes checkpoints, and what becomes possible with each.

#include <algorithm>

#include "spool/journal_spool.h"

namespace spool {
namespace {

using namespace std::chrono_literals;
constexpr auto pause_after_failure = 5s;
constexpr auto pause_when_full = 1s;

}  // namespace

Checkpointer::Listener JournalSpool::checkpoint_listener() {
    return {.on_slot = [this](const Index::Slot& slot) { compactor_.note(slot); },
            .on_walked = [this](const Journal::Position& replay) { note_dead_segments(replay.segment); },
            .on_done = [this](bool succeeded) { end_checkpoint(succeeded); },
            .on_report = around_.on_report};
}

void JournalSpool::consider_checkpoint() {
    if (checkpointer_.is_running() || journal_.is_broken() || !wants_checkpoint()) return;
    if (next_checkpoint_ && around_.clock.steady() < *next_checkpoint_) return;
    begin_checkpoint();
}

bool JournalSpool::wants_checkpoint() const {
    if (needs_checkpoint_) return true;
    std::uint64_t written = journal_.written() - written_before_checkpoint_;
    if (written >= std::max(options_.checkpoint_after, 2 * checkpointer_.last_size())) return true;
    // On a full disk little is written; what has died since then is room all the same.
    return journal_.is_full() && std::ranges::any_of(done_without_, [&](const auto& segment) {
               return segment.first < journal_.position().segment &&
                      ledger_.live(static_cast<std::uint32_t>(segment.first)).messages == 0;
           });
}

void JournalSpool::begin_checkpoint() {
    needs_checkpoint_ = false;
    written_before_checkpoint_ = journal_.written();
    compactor_.choose(journal_.position().segment);
    checkpointer_.begin(layout_.spool, start_);
}

void JournalSpool::note_dead_segments(std::uint64_t before) {
    dead_.clear();
    for (const auto& [segment, checkpoints] : done_without_)
        if (segment < before && ledger_.live(static_cast<std::uint32_t>(segment)).messages == 0)
            dead_.push_back(segment);
}

void JournalSpool::end_checkpoint(bool succeeded) {
    constexpr int enough = 2;
    if (!succeeded) {
        needs_checkpoint_ = true;
        next_checkpoint_ = around_.clock.steady() + pause_after_failure;
        return;
    }
    if (journal_.is_full()) next_checkpoint_ = around_.clock.steady() + pause_when_full;
    for (std::uint64_t segment : dead_) {
        if (++done_without_[segment] < enough) continue;
        done_without_.erase(segment);
        segments_.forget(segment);
        spares_.recycle(segment);
    }
    compactor_.start();
}

}  // namespace spool
