#pragma once
// Segments of which little is alive have that little copied forward, so that the whole can be used again.
//
// Which messages those are is noted while a checkpoint walks through all of them. The copies are ordinary records that
// restate the message as it is; the old place counts until the new one is durable.

#include <deque>
#include <functional>
#include <memory>
#include <unordered_set>

#include "spool/journal.h"
#include "spool/ledger.h"
#include "spool/segment_reader.h"

namespace spool {

class Compactor {
public:
    Compactor(file::Disk& disk, file::Worker& background, Journal& journal, const Spares& spares, Ledger& ledger,
              const SegmentReader& segments, const Options& options)
        : disk_(disk),
          background_(background),
          journal_(journal),
          spares_(spares),
          ledger_(ledger),
          segments_(segments),
          options_(options) {}

    /// A record that does not match its checksums.
    std::function<void(MessageId id)> on_damaged;

    /// Begins a new selection among the segments before `newest`.
    void choose(std::uint64_t newest);
    void note(const Index::Slot& slot);
    void start();
    bool is_running() const { return outstanding_ > 0; }

private:
    struct Batch {
        std::vector<std::pair<MessageId, Location>> messages;
        std::vector<Place> places;
        std::vector<file::Result<StoredMessage>> stored;
        void read(file::Disk& disk);
    };
    void next_batch();
    void copy(Batch& batch);
    Draft copy_of(MessageId id, const Location& where, StoredMessage stored) const;
    void one_done();

    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // owners: this, and jobs under way
    file::Disk& disk_;
    file::Worker& background_;
    Journal& journal_;
    const Spares& spares_;
    Ledger& ledger_;
    const SegmentReader& segments_;
    Options options_;
    std::unordered_set<std::uint32_t> chosen_;
    std::deque<std::pair<MessageId, Location>> waiting_;
    std::size_t outstanding_ = 0;  // copies on their way, and one for the batch being read
};

}  // namespace spool
