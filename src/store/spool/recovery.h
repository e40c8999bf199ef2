#pragma once
// From what is on the disk to a ledger: the newest good checkpoint, and the journal since then.
//
// What a crash leaves is an unfinished last group; it was acknowledged to nobody, and what of it is whole counts, the
// rest does not; what of it can be told to be a record is kept for people, as damage to the last one acknowledged looks
// the same. Anything else that does not match its checksum is damage: it is put into quarantine and reported, and
// everything else is kept. Records that an Abort names are passed over.

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "spool/checkpoint.h"
#include "spool/draft.h"
#include "spool/layout.h"
#include "spool/ledger.h"

namespace spool {

struct Recovered {
    std::map<std::uint64_t, std::uint32_t> generations;  // of the segments that hold records
    std::vector<std::uint64_t> segments;                 // all that are there, empty ones too
    std::vector<std::uint64_t> checkpoints;              // good ones, ascending
    std::uint64_t next_checkpoint = 1;
    std::uint32_t start = 1;  // for this start: greater than all before
    std::uint64_t next_segment = 1;
    std::uint64_t next_sequence = 1;
    /// The last groups, stated anew. The process before may have seen their sync fail; then they can be read now, from
    /// the page cache, and be gone after a power cut. So they are written again before anything is built on them.
    std::vector<Draft> unconfirmed;
    bool found_damage = false;
    /// Records are lost that may have been acknowledged, so a body that no message names may still be somebody's.
    bool may_miss_messages = false;
};

using Report = std::function<void(std::string)>;

Opened<Recovered> recover(file::Disk& disk, const Layout& layout, Ledger& ledger, const Report& report);

}  // namespace spool
