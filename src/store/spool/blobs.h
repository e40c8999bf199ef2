#pragma once
// Bodies too long for the journal: a file each, without a name until an Accept is about to name it. The order is what
// makes it safe: octets synced, name given, directory synced, and only then the Accept record; and the file goes only
// when the record that ends the message is durable. A file that no message names is an orphan, removed at start
// unless records are damaged: then it is put into quarantine.

#include <cstdint>
#include <map>
#include <memory>
#include <unordered_set>

#include "file/disk.h"
#include "spool/options.h"
#include "spool/spool.h"

namespace spool {

constexpr std::string_view blobs_directory = "blobs";
std::string blob_path(MessageId id);

class Blobs {
public:
    Blobs(file::Disk& disk, file::Worker& background, const Options& options)
        : disk_(disk), background_(background), options_(options) {}

    file::Result<BlobId> open();
    file::OpenFile& get(BlobId id);
    void drop(BlobId id) { open_.erase(id); }
    /// The blob leaves the collection to become a message's.
    std::shared_ptr<file::OpenFile> take(BlobId id);

    /// Makes it durable under its message's name, and returns the checksum of its octets. Blocks; for a worker.
    static file::Result<std::uint32_t> settle(file::Disk& disk, file::OpenFile& blob, MessageId message,
                                              std::uint64_t size);

    /// In the background, without haste: what a crash leaves is found at start.
    void remove(std::vector<MessageId> messages);

    /// For reading. Its octets are compared with the checksum the first time after a start: EBADMSG where they differ.
    file::Result<std::unique_ptr<file::OpenFile>> open_for_reading(MessageId message, std::uint64_t size,
                                                                   std::uint32_t crc);
    void trust(MessageId message) { trusted_.insert(message); }

private:
    file::Disk& disk_;
    file::Worker& background_;
    Options options_;
    std::map<BlobId, std::shared_ptr<file::OpenFile>> open_;  // shared with the job that settles it
    BlobId last_ = 0;
    std::unordered_set<MessageId> trusted_;  // checksum seen to match since the start
};

}  // namespace spool
