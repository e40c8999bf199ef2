#pragma once
// Keeping other programs away from an mbox while we append to it.

#include <memory>
#include <string>

#include "file/disk.h"
#include "mailbox/mbox.h"

namespace mailbox {

/// Holds the locks asked for as long as it lives.
class Locked {
public:
    /// Waits at most `locks.patience`; then Failure::Locked.
    static std::expected<std::unique_ptr<Locked>, Failure> take(file::Disk& disk, const std::string& path,
                                                                file::OpenFile& file, const Locks& locks);
    Locked(const Locked&) = delete;
    Locked& operator=(const Locked&) = delete;
    ~Locked();

private:
    explicit Locked(file::Disk& disk) : disk_(disk) {}

    file::Disk& disk_;
    std::string dotlock_;          // empty: none made
    file::Descriptor descriptor_;  // the locks of fcntl and flock belong to its open file; closing it ends them
};

}  // namespace mailbox
