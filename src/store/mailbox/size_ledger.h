#pragma once
// Keeps the file `maildirsize` of one Maildir (quota.h): reads the usage from it, adds to it, counts anew where it
// cannot be trusted.
//
// In the wild: several programs write the file without locks, so it is a good guess and nothing more; it is never
// synced, as it can be counted anew at any time.

#include <cstdint>
#include <limits>
#include <string>

#include "file/disk.h"
#include "mailbox/quota.h"

namespace mailbox {

class SizeLedger {
public:
    /// `path`: of the Maildir, on that disk, which outlives this.
    SizeLedger(file::Disk& disk, std::string path, Quota quota) : disk_(disk), path_(std::move(path)), quota_(quota) {}

    const Quota& quota() const { return quota_; }

    /// Whether a message of that size fits. Before it says no, it counts, if it has not done so lately.
    /// `written`: what is about to be added, and is neither in the file nor where counting finds it.
    file::Result<bool> has_room(std::uint64_t size, std::int64_t now_seconds, Usage written = {});

    /// A message was added.
    file::Result<void> add(std::uint64_t size);
    /// So much is there more, or less. Where nobody keeps the file, nothing happens.
    file::Result<void> change_by(Usage difference);

private:
    file::Result<Usage> read(std::int64_t now_seconds);
    file::Result<Usage> count(std::int64_t now_seconds);
    file::Result<void> count_folder(const std::string& folder, Usage& usage);
    std::string file_path() const { return path_ == "." ? "maildirsize" : path_ + "/maildirsize"; }

    file::Disk& disk_;
    std::string path_;
    Quota quota_;
    std::int64_t counted_ = std::numeric_limits<std::int64_t>::min();  // when, seconds since 1970
};

}  // namespace mailbox
