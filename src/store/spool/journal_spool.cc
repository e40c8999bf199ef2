#include "spool/journal_spool.h"

#include <algorithm>

#include "lang/verify.h"

namespace spool {
namespace {

// A message id: 24 bits for the start of the spool, 40 for the message.
constexpr unsigned start_shift = 40;
constexpr std::uint64_t most_messages_of_a_start = std::uint64_t{1} << start_shift;

bool is_accept(const Operation& operation) { return std::holds_alternative<Accept>(operation); }
bool has_blob(const Operation& operation) { return is_accept(operation) && std::get<Accept>(operation).body.blob; }

std::vector<TaskRecord> task_records(const Accept& accept) {
    std::vector<TaskRecord> records;
    std::uint32_t covered = 0;
    for (const Task& task : accept.tasks) {
        VERIFY(task.first == covered && task.count > 0 && task.count <= most_recipients_of_a_task);
        covered += task.count;
        records.push_back({task, {}});
        Task& kept = records.back().task;
        kept.diagnostic = 0;
        if (kept.pending == 0) kept.pending = everybody(kept.count);
    }
    VERIFY(covered == accept.envelope.recipients.size());
    return records;
}

}  // namespace

JournalSpool::JournalSpool(const Surroundings& surroundings, const Options& options, Layout layout, Recovered recovered,
                           Ledger ledger)
    : around_(surroundings),
      options_(options),
      layout_(std::move(layout)),
      start_(recovered.start),
      ledger_(std::move(ledger)),
      recent_(options.recent_octets),
      blobs_(around_.disk, around_.background, options),
      segments_(around_.disk),
      spares_(around_.disk, around_.background, around_.clock, options),
      journal_(around_.disk, around_.commits, spares_, options,
               {layout_.spool, start_, recovered.next_segment, recovered.next_sequence}, journal_listener()),
      checkpointer_(around_.disk, around_.background, journal_, ledger_, options, checkpoint_listener()),
      compactor_(around_.disk, around_.background, journal_, spares_, ledger_, segments_, options) {
    spares_.on_report = around_.on_report;
    compactor_.on_damaged = [this](MessageId id) { static_cast<void>(set_aside(id)); };
    checkpointer_.adopt(std::move(recovered.checkpoints), recovered.next_checkpoint);
    for (const auto& [segment, generation] : recovered.generations) segments_.add(segment, generation);
    for (std::uint64_t segment : recovered.segments) done_without_[segment] = 0;
    needs_checkpoint_ = recovered.found_damage;
}

MessageId JournalSpool::next_id() {
    ++last_number_;
    VERIFY(last_number_ < most_messages_of_a_start);
    return std::uint64_t{start_} << start_shift | last_number_;
}

void JournalSpool::submit(Transaction transaction, Done done) {
    take(std::move(transaction), std::move(done), Journal::Urgency::Now);
}

void JournalSpool::submit_lazily(Transaction transaction) {
    take(std::move(transaction), nullptr, Journal::Urgency::WithNext);
}

void JournalSpool::flush() {
    journal_.flush();
    consider_checkpoint();
}

void JournalSpool::take(Transaction transaction, Done done, Journal::Urgency urgency) {
    if (journal_.is_full() && std::ranges::all_of(transaction, is_accept)) {
        for (const Operation& operation : transaction)
            if (has_blob(operation)) blobs_.drop(*std::get<Accept>(operation).body.blob);
        return answer(std::move(done), std::unexpected(Failure::Full));
    }
    if (std::ranges::any_of(transaction, has_blob))
        return settle_blobs(std::move(transaction), std::move(done), urgency);
    write(std::move(transaction), {}, std::move(done), urgency);
}

void JournalSpool::Settling::run(file::Disk& disk) {
    for (const Operation& operation : transaction) {
        if (!has_blob(operation)) continue;
        const auto& accept = std::get<Accept>(operation);
        auto crc = Blobs::settle(disk, *blobs[accept.id], accept.id, accept.body.size);
        if (!crc) {
            error = crc.error();
            return;
        }
        crcs[accept.id] = *crc;
    }
}

void JournalSpool::settle_blobs(Transaction transaction, Done done, Journal::Urgency urgency) {
    auto settling = std::make_shared<Settling>();
    for (const Operation& operation : transaction) {
        if (!has_blob(operation)) continue;
        const auto& accept = std::get<Accept>(operation);
        settling->blobs[accept.id] = blobs_.take(*accept.body.blob);
    }
    settling->transaction = std::move(transaction);
    around_.background.run([settling, &disk = around_.disk] { settling->run(disk); },
                           [this, settling, done = std::move(done), urgency, alive = std::weak_ptr(alive_)]() mutable {
                               if (alive.expired()) return;
                               if (!settling->error)
                                   return write(std::move(settling->transaction), settling->crcs, std::move(done),
                                                urgency);
                               std::vector<MessageId> named;
                               for (const auto& [id, blob] : settling->blobs) named.push_back(id);
                               blobs_.remove(std::move(named));
                               bool is_full = settling->error->is_full();
                               if (!is_full)
                                   around_.on_report("cannot keep a large message: " + to_text(*settling->error));
                               answer(std::move(done), std::unexpected(is_full ? Failure::Full : Failure::Failed));
                           });
}

void JournalSpool::write(Transaction transaction, const std::map<MessageId, std::uint32_t>& blob_crcs, Done done,
                         Journal::Urgency urgency) {
    Drafter drafter;
    for (Operation& operation : transaction) {
        if (auto* accept = std::get_if<Accept>(&operation)) {
            add(drafter, std::move(*accept), blob_crcs);
        } else if (const auto* progress = std::get_if<Progress>(&operation)) {
            add(drafter, *progress);
        } else {
            add(drafter, std::get<Remove>(operation));
        }
    }
    if (drafter.is_empty()) return answer(std::move(done), {});
    if (journal_.is_broken()) return answer(std::move(done), std::unexpected(Failure::Broken));
    Draft draft = drafter.finish();
    draft.done = std::move(done);
    journal_.submit(std::move(draft), urgency);
}

void JournalSpool::add(Drafter& drafter, Accept accept, const std::map<MessageId, std::uint32_t>& blob_crcs) {
    const Envelope& envelope = accept.envelope;
    std::string encoded = encode_envelope(envelope);
    Newcomer newcomer;
    newcomer.accept = {.id = accept.id,
                       .size = accept.body.blob ? accept.body.size : accept.body.octets.size(),
                       .arrived = envelope.arrived,
                       .is_blob = accept.body.blob.has_value(),
                       .is_bounce = envelope.reverse_path.empty(),
                       .recipients = static_cast<std::uint32_t>(envelope.recipients.size()),
                       .envelope = encoded,
                       .tasks = task_records(accept)};
    if (accept.body.blob) {
        newcomer.accept.body_crc = blob_crcs.at(accept.id);
    } else {
        newcomer.octets = std::move(accept.body.octets);
    }
    newcomer.envelope = std::move(accept.envelope);
    drafter.add(std::move(newcomer));
}

void JournalSpool::add(Drafter& drafter, const Progress& progress) {
    const ProgressRecord record{.id = progress.id,
                                .task = progress.task,
                                .done = progress.done,
                                .attempts = progress.attempts,
                                .due = progress.due,
                                .held = progress.held,
                                .delay_noticed = progress.delay_noticed,
                                .awaits_release = progress.awaits_release,
                                .diagnostic = std::string_view(progress.diagnostic).substr(0, longest_diagnostic)};
    auto effect = ledger_.apply(record);
    if (effect == Ledger::Effect::Unknown) return;
    drafter.add(record);
    note_change(drafter, progress.id, effect);
}

void JournalSpool::add(Drafter& drafter, const Remove& remove) {
    auto effect = ledger_.apply(remove);
    if (effect == Ledger::Effect::Unknown) return;
    drafter.add(remove);
    note_change(drafter, remove.id, effect);
}

void JournalSpool::note_change(Drafter& drafter, MessageId id, Ledger::Effect effect) {
    if (Index::Slot* slot = ledger_.find(id)) {
        slot->changed = journal_.last_ticket() + 1;  // the draft in the making
        return;
    }
    recent_.forget(id);
    if (effect == Ledger::Effect::OverWithBlob) drafter.end_blob(id);
}

/// Never from inside submit(): the worker brings it back to the loop.
void JournalSpool::answer(Done done, Outcome outcome) {
    if (!done) return;
    around_.commits.run([] {}, [done = std::move(done), outcome]() mutable { done(outcome); });
}

void JournalSpool::on_durable(Draft& draft, const Location& where) {
    for (Newcomer& newcomer : draft.newcomers) {
        const AcceptRecord& accept = newcomer.accept;
        if (newcomer.moved_from) {
            if (!ledger_.move(accept.id, *newcomer.moved_from, where)) continue;
        } else {
            ledger_.accept(accept, where);
            if (accept.is_blob) blobs_.trust(accept.id);
        }
        if (!accept.is_blob && !newcomer.envelope.recipients.empty()) {
            recent_.keep(accept.id, std::move(newcomer.envelope), std::move(newcomer.octets));
        }
    }
    if (!draft.ended_blobs.empty()) blobs_.remove(std::move(draft.ended_blobs));
    if (draft.done) draft.done({});
}

void JournalSpool::on_failed(Draft& draft, Failure failure) {
    std::vector<MessageId> named;
    for (const Newcomer& newcomer : draft.newcomers)
        if (newcomer.accept.is_blob && !newcomer.moved_from) named.push_back(newcomer.accept.id);
    // A broken journal may hold the record all the same; then the next start wants the blob.
    if (failure != Failure::Broken && !named.empty()) blobs_.remove(std::move(named));
    answer(std::move(draft.done), std::unexpected(failure));
}

Journal::Listener JournalSpool::journal_listener() {
    return {.on_durable = [this](Draft& draft, const Location& where) { on_durable(draft, where); },
            .on_failed = [this](Draft& draft, Failure failure) { on_failed(draft, failure); },
            .on_segment =
                [this](std::uint64_t segment) {
                    segments_.add(segment, start_);
                    done_without_[segment] = 0;
                },
            .on_group_end =
                [this] {
                    checkpointer_.continue_if_settled();
                    consider_checkpoint();
                },
            .on_report = around_.on_report};
}

}  // namespace spool
