#pragma once
// Sizes of the journal. The defaults suit a server; tests make everything small.

#include <cstddef>
#include <cstdint>

namespace spool {

struct Options {
    std::uint64_t segment_size = 64 * 1024 * 1024;
    std::uint64_t largest_group = 8 * 1024 * 1024;  // octets in one write
    std::uint64_t checkpoint_after =
        128 * 1024 * 1024;                         // octets of journal, or twice the last checkpoint if that is more
    std::uint64_t keep_free = 64 * 1024 * 1024;    // of the disk, for checkpoints: no new segments or blobs below it
    std::size_t recent_octets = 64 * 1024 * 1024;  // of messages kept in memory for their first attempt
    std::size_t most_spares = 6;                   // segments kept for reuse
    std::size_t slice = 2048;                      // messages written to a checkpoint in one turn of the loop
};

}  // namespace spool
