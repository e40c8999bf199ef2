#pragma once
// The spool on one machine: an append-only journal, an index in memory, files for large bodies. doc/format/journal.md
// has the format; ARCHITECTURE.md §3 the order of steps.
//
//   auto opened = spool::JournalSpool::open({disk, commits, background, clock, report}, options);
//   if (!opened) refuse_to_start(opened.error().text);
//
// Two workers, so that writing a checkpoint or preparing a segment never stands before a commit. A spool may be
// destroyed at any moment: what is under way then is as after a crash.

#include <map>

#include "clocks/clock.h"
#include "spool/blobs.h"
#include "spool/checkpointer.h"
#include "spool/compactor.h"
#include "spool/journal.h"
#include "spool/layout.h"
#include "spool/ledger.h"
#include "spool/options.h"
#include "spool/recent.h"
#include "spool/recovery.h"
#include "spool/segment_reader.h"
#include "spool/spares.h"
#include "spool/spool.h"

namespace spool {

class JournalSpool final : public Spool {
public:
    /// What the spool works with; all of it outlives the spool.
    struct Surroundings {
        file::Disk& disk;
        file::Worker& commits;
        file::Worker& background;
        const clocks::Clock& clock;
        std::function<void(std::string)> on_report;  // damage, failures: what an administrator must know
    };

    /// Recovers what is there, or creates an empty spool. Blocks; nothing else may run yet.
    static Opened<std::unique_ptr<JournalSpool>> open(const Surroundings& surroundings, const Options& options = {});

    JournalSpool(const JournalSpool&) = delete;
    JournalSpool& operator=(const JournalSpool&) = delete;

    MessageId next_id() override;
    void submit(Transaction transaction, std::move_only_function<void(Outcome)> done) override;
    void submit_lazily(Transaction transaction) override;
    void flush() override;

    file::Result<BlobId> open_blob() override { return blobs_.open(); }
    file::OpenFile& blob(BlobId id) override { return blobs_.get(id); }
    void drop_blob(BlobId id) override { blobs_.drop(id); }

    const Entry* entry(MessageId id) const override;
    Entry* mutable_entry(MessageId id) override;
    void for_each(const std::function<void(MessageId, const Entry&)>& visit) const override;
    std::string_view diagnostic(std::uint32_t number) const override { return ledger_.diagnostics().text(number); }
    file::Result<Stored> load(MessageId id) override;
    file::Result<Envelope> load_envelope(MessageId id) override;

    bool is_full() const override { return journal_.is_full(); }

    /// Everything submitted is on disk, or was answered otherwise.
    bool is_idle() const { return journal_.is_idle(); }
    bool is_stalled() const override { return journal_.is_stalled(); }
    bool is_broken() const { return journal_.is_broken(); }
    /// Everything submitted is durable, or has failed for good.
    bool is_settled() const { return journal_.is_settled(journal_.last_ticket()); }
    std::size_t size() const { return ledger_.index().size(); }
    std::size_t segments_in_use() const { return segments_.generations().size(); }

private:
    using Done = std::move_only_function<void(Outcome)>;
    /// A transaction whose blobs are being made durable, with their checksums.
    struct Settling {
        Transaction transaction;
        std::map<MessageId, std::shared_ptr<file::OpenFile>> blobs;
        std::map<MessageId, std::uint32_t> crcs;
        std::optional<file::Error> error;
        void run(file::Disk& disk);
    };

    JournalSpool(const Surroundings& surroundings, const Options& options, Layout layout, Recovered recovered,
                 Ledger ledger);
    Opened<void> begin(std::vector<Draft> unconfirmed, bool may_miss_messages);
    void adopt_spares();
    void clear_orphans(bool may_miss_messages);

    void take(Transaction transaction, Done done, Journal::Urgency urgency);
    void settle_blobs(Transaction transaction, Done done, Journal::Urgency urgency);
    void write(Transaction transaction, const std::map<MessageId, std::uint32_t>& blob_crcs, Done done,
               Journal::Urgency urgency);
    void add(Drafter& drafter, Accept accept, const std::map<MessageId, std::uint32_t>& blob_crcs);
    void add(Drafter& drafter, const Progress& progress);
    void add(Drafter& drafter, const Remove& remove);
    void note_change(Drafter& drafter, MessageId id, Ledger::Effect effect);
    void answer(Done done, Outcome outcome);

    void on_durable(Draft& draft, const Location& where);
    void on_failed(Draft& draft, Failure failure);
    Journal::Listener journal_listener();
    Checkpointer::Listener checkpoint_listener();

    void consider_checkpoint();
    bool wants_checkpoint() const;
    void begin_checkpoint();
    void note_dead_segments(std::uint64_t before);
    void end_checkpoint(bool succeeded);

    file::Result<Stored> load_from_disk(const Index::Slot& slot);
    std::unexpected<file::Error> absent(MessageId id) const;
    std::unexpected<file::Error> set_aside(MessageId id);
    void set_body_aside(MessageId id);

    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // owners: this, and jobs under way
    Surroundings around_;
    Options options_;
    Layout layout_;
    std::uint32_t start_;
    std::uint64_t last_number_ = 0;  // of a message of this start

    Ledger ledger_;
    Recent recent_;
    Blobs blobs_;
    SegmentReader segments_;
    Spares spares_;
    Journal journal_;
    Checkpointer checkpointer_;
    Compactor compactor_;

    /// How many checkpoints that count do without the segment. Two, and it may be used again: even if the newer one
    /// turns out to be damaged, nobody asks for it.
    std::map<std::uint64_t, int> done_without_;
    std::vector<std::uint64_t> dead_;  // in the checkpoint being taken
    std::uint64_t written_before_checkpoint_ = 0;
    std::optional<clocks::Steady> next_checkpoint_;  // not before
    bool needs_checkpoint_ = false;
};

}  // namespace spool
