#pragma once
// What the spool knows in memory: every message, how far it is, where it lies, and how much of each segment is alive.
// The same operations are applied here when they are submitted and when they are read back at start.

#include <functional>
#include <unordered_map>

#include "spool/diagnostics.h"
#include "spool/index.h"
#include "spool/operations.h"

namespace spool {

/// What of a segment is still needed.
struct Live {
    std::uint64_t messages = 0;
    std::uint64_t octets = 0;
};

class Ledger {
public:
    /// A message that is durable at `where`. One that is known already is replaced.
    void accept(const AcceptRecord& accept, const Location& where);
    /// The message now lies elsewhere; false, and ignored, unless it is known and lies at `from`.
    bool move(MessageId id, const Location& from, const Location& to);

    enum class Effect { Unknown, Waiting, Over, OverWithBlob };
    Effect apply(const ProgressRecord& progress);
    Effect apply(const Remove& remove);

    /// A stored Accept brought up to date, for writing the message anew; points into the diagnostics.
    AcceptRecord restated(const AcceptRecord& stored, const Entry& entry) const;
    ProgressRecord restated(MessageId id, const Entry& entry, std::uint32_t task) const;

    Index::Slot* find(MessageId id) { return index_.find(id); }
    const Index& index() const { return index_; }
    Index& index() { return index_; }
    const Diagnostics& diagnostics() const { return diagnostics_; }
    Live live(std::uint32_t segment) const;

private:
    Effect end(Index::Slot& slot);
    void release(Index::Slot& slot);
    void count(const Index::Slot& slot);
    void discount(const Index::Slot& slot);

    Index index_;
    Diagnostics diagnostics_;
    std::unordered_map<std::uint32_t, Live> live_;
};

/// The entry as an AcceptRecord tells it, without diagnostics.
Entry entry_of(const AcceptRecord& accept);

}  // namespace spool
