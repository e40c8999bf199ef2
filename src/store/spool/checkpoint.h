#pragma once
// The ledger written down, so that a start replays only the journal since then. doc/format/journal.md.
//
// A checkpoint is taken while the server runs, in slices, and so holds each message as it was at one moment or another.
// That is enough: replay begins where the journal stood when the first slice was taken, and operations say how things
// are, not how they change, so applying them twice does no harm.
//
// A file of blocks, each with a checksum that covers which spool, checkpoint and block it is. Hostile: reading one
// trusts nothing but matching checksums, and no length before they match.

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "file/disk.h"
#include "spool/journal.h"
#include "spool/ledger.h"

namespace spool {

struct CheckpointHead {
    std::uint64_t spool = 0;
    std::uint64_t number = 0;
    std::uint32_t start = 0;  // in which start of the spool it was written
    std::uint64_t next_segment = 0;
    Journal::Position replay;
};

/// Blocks in their order: head, messages as often as needed, end.
class CheckpointBlocks {
public:
    explicit CheckpointBlocks(const CheckpointHead& head) : head_(head) {}

    std::string head();
    /// Up to `count` messages from slot `first` on; empty slots count.
    std::string messages(const Ledger& ledger, std::size_t first, std::size_t count);
    std::string end();

private:
    std::string framed(std::string_view content);

    CheckpointHead head_;
    std::uint64_t blocks_ = 0;
    std::uint64_t messages_ = 0;
};

/// A message of a block; texts point into the block.
struct CheckpointMessage {
    AcceptRecord accept;  // without envelope and body
    Location where;
};
std::optional<std::vector<CheckpointMessage>> parse_checkpoint_messages(std::string_view content);

/// Hands every message of a whole checkpoint to `take`, and returns its head; nullopt where anything is wrong, after
/// some messages may have been handed out. An error only where the disk cannot be read.
file::Result<std::optional<CheckpointHead>> read_checkpoint(const file::OpenFile& file, std::uint64_t spool,
                                                            std::uint64_t number,
                                                            const std::function<void(const CheckpointMessage&)>& take);

}  // namespace spool
