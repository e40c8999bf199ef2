#include "spool/compactor.h"

#include <algorithm>
#include <cerrno>

#include "lang/try.h"

namespace spool {
namespace {

constexpr std::uint64_t sparse = 4;  // a quarter
constexpr std::uint64_t most_octets_of_a_round = 64 * 1024 * 1024;
constexpr std::size_t most_messages_of_a_batch = 64;
constexpr std::uint64_t most_octets_of_a_batch = 1024 * 1024;

file::Result<StoredMessage> read(file::Disk& disk, const Place& place, const Location& where, MessageId id) {
    auto segment = TRY(disk.open(segment_path(where.segment), file::Mode::Read));
    return read_message(*segment, place, where, id);
}

}  // namespace

void Compactor::choose(std::uint64_t newest) {
    chosen_.clear();
    if (is_running()) return;
    waiting_.clear();
    std::uint64_t octets = 0;
    for (const auto& [segment, generation] : segments_.generations()) {
        Live live = ledger_.live(static_cast<std::uint32_t>(segment));
        if (segment >= newest || live.messages == 0 || live.octets > options_.segment_size / sparse) continue;
        octets += live.octets;
        if (octets > most_octets_of_a_round) break;
        chosen_.insert(static_cast<std::uint32_t>(segment));
    }
}

void Compactor::note(const Index::Slot& slot) {
    if (chosen_.contains(slot.where.segment)) waiting_.emplace_back(slot.id, slot.where);
}

void Compactor::start() {
    if (!is_running()) next_batch();
}

void Compactor::Batch::read(file::Disk& disk) {
    for (std::size_t i = 0; i < messages.size(); ++i)
        stored.push_back(spool::read(disk, places[i], messages[i].second, messages[i].first));
}

void Compactor::next_batch() {
    // A full disk is no time for copies: they would take the room of what they are to free.
    if (journal_.is_broken() || spares_.count() < Spares::reserved) waiting_.clear();
    auto batch = std::make_shared<Batch>();
    for (std::uint64_t octets = 0;
         !waiting_.empty() && batch->messages.size() < most_messages_of_a_batch && octets < most_octets_of_a_batch;
         waiting_.pop_front()) {
        const auto& [id, where] = waiting_.front();
        const Index::Slot* slot = ledger_.find(id);
        if (!slot) continue;
        octets += slot->is_blob ? 0 : slot->entry.size;
        batch->messages.emplace_back(id, where);
        batch->places.push_back(segments_.place(where));
    }
    if (batch->messages.empty()) return;
    outstanding_ = 1;
    background_.run([batch, &disk = disk_] { batch->read(disk); },
                    [this, batch, alive = std::weak_ptr(alive_)] {
                        if (!alive.expired()) copy(*batch);
                    });
}

void Compactor::copy(Batch& batch) {
    for (std::size_t i = 0; i < batch.messages.size(); ++i) {
        const auto& [id, where] = batch.messages[i];
        const Index::Slot* slot = ledger_.find(id);
        if (!slot || slot->where != where) continue;
        // A copy that shows an outcome must not survive a crash that the outcome's own record, with its bounce, does
        // not.
        if (!journal_.is_settled(slot->changed)) continue;
        auto& stored = batch.stored[i];
        if (!stored) {
            if (stored.error().number == EBADMSG) on_damaged(id);
            continue;
        }
        Draft draft = copy_of(id, where, *std::move(stored));
        ++outstanding_;
        draft.done = [this, alive = std::weak_ptr(alive_)](const Outcome&) {
            if (!alive.expired()) one_done();
        };
        journal_.submit(std::move(draft), Journal::Urgency::WithNext);
    }
    journal_.flush();
    one_done();
}

Draft Compactor::copy_of(MessageId id, const Location& where, StoredMessage stored) const {
    Newcomer newcomer;
    newcomer.accept = ledger_.restated(stored.accept, ledger_.find(id)->entry);
    newcomer.octets = std::move(stored.body);
    newcomer.moved_from = where;
    Drafter drafter;
    drafter.add(std::move(newcomer));
    return drafter.finish();
}

void Compactor::one_done() {
    if (--outstanding_ == 0) next_batch();
}

}  // namespace spool
