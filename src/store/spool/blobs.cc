#include "spool/blobs.h"

#include <cerrno>

#include "checksum/crc32c.h"
#include "lang/try.h"
#include "lang/verify.h"

namespace spool {
namespace {

constexpr std::size_t piece = 1024 * 1024;

/// The checksum of the file, which must be as long as `size` says.
file::Result<std::uint32_t> checksum_of(const file::OpenFile& blob, std::uint64_t size, const std::string& path) {
    if (TRY(blob.size()) != size) return std::unexpected(file::Error{EBADMSG, "check the length of", path});
    std::uint32_t crc = 0;
    for (std::uint64_t offset = 0; offset < size;) {
        std::string octets = TRY(blob.read_at(offset, piece));
        if (octets.empty()) return std::unexpected(file::Error{EBADMSG, "read", path});
        crc = checksum::crc32c(octets, crc);
        offset += octets.size();
    }
    return crc;
}

}  // namespace

std::string blob_path(MessageId id) { return std::string(blobs_directory) + '/' + to_text(id); }

file::Result<BlobId> Blobs::open() {
    if (TRY(disk_.free_bytes()) < options_.keep_free)
        return std::unexpected(file::Error{ENOSPC, "open a blob", std::string(blobs_directory)});
    std::shared_ptr<file::OpenFile> blob = TRY(disk_.open_unnamed(std::string(blobs_directory)));
    open_[++last_] = std::move(blob);
    return last_;
}

file::OpenFile& Blobs::get(BlobId id) {
    VERIFY(open_.contains(id));
    return *open_[id];
}

std::shared_ptr<file::OpenFile> Blobs::take(BlobId id) {
    VERIFY(open_.contains(id));
    return std::move(open_.extract(id).mapped());
}

file::Result<std::uint32_t> Blobs::settle(file::Disk& disk, file::OpenFile& blob, MessageId message,
                                          std::uint64_t size) {
    std::string path = blob_path(message);
    std::uint32_t crc = TRY(checksum_of(blob, size, path));
    if (auto synced = blob.sync_data(); !synced) return std::unexpected(synced.error());
    if (auto linked = disk.link_in(blob, path); !linked) return std::unexpected(linked.error());
    if (auto synced = disk.sync_directory(std::string(blobs_directory)); !synced)
        return std::unexpected(synced.error());
    return crc;
}

void Blobs::remove(std::vector<MessageId> messages) {
    for (MessageId message : messages) trusted_.erase(message);
    background_.run(
        [&disk = disk_, messages = std::move(messages)] {
            for (MessageId message : messages) static_cast<void>(disk.unlink(blob_path(message)));
        },
        [] {});
}

file::Result<std::unique_ptr<file::OpenFile>> Blobs::open_for_reading(MessageId message, std::uint64_t size,
                                                                      std::uint32_t crc) {
    std::string path = blob_path(message);
    auto blob = TRY(disk_.open(path, file::Mode::Read));
    if (trusted_.contains(message)) return blob;
    if (TRY(checksum_of(*blob, size, path)) != crc)
        return std::unexpected(file::Error{EBADMSG, "check the octets of", path});
    trusted_.insert(message);
    return blob;
}

}  // namespace spool
