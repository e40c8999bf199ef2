#pragma once
// Drafts that become durable together: one write, one sync. Built on the event loop, written by the worker.

#include <memory>
#include <vector>

#include "file/disk.h"
#include "spool/draft.h"
#include "spool/segment.h"

namespace spool {

struct Group {
    std::vector<Draft> drafts;
    SegmentHeader segment;
    std::uint64_t offset = page_size;      // where the first record goes; a page boundary
    std::string spare;                     // a file to make this segment from first; empty: it is in use already
    std::shared_ptr<file::OpenFile> file;  // owners: the journal, and the group that is being written

    std::uint64_t end() const;  // of the last record, on a page boundary
    Location location(std::size_t draft) const;

    /// Blocks. On success all drafts are durable; after a failure the segment must not be used any more.
    file::Result<void> write(file::Disk& disk);

private:
    file::Result<void> take_spare(file::Disk& disk);
    file::Result<void> write_octets();
};

}  // namespace spool
