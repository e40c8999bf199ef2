#pragma once
// The disk as the spool and the mailboxes see it: a seam, so that the same code runs on a real filesystem and on the
// simulator's, where un-synced writes are lost or torn, a sync fails, and the power goes between any two calls.
//
// Calls block. What must not block the event loop goes through file::Worker. Paths are relative to the directory the
// Disk was made for; no call follows a symbolic link in the last component. Durability is never implied: a file's bytes
// are safe after sync_data(), a name is safe after sync_directory() of its directory. A Disk and distinct files of it
// may be used from several threads at once.

#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "file/descriptor.h"

namespace file {

/// Which call failed, on what, and errno.
struct Error {
    int number = 0;
    std::string_view call;  // a literal: "fdatasync"
    std::string path;

    bool is_full() const;    // ENOSPC, EDQUOT
    bool is_absent() const;  // ENOENT
    bool exists() const;     // EEXIST
    bool is_locked() const;  // EWOULDBLOCK
    bool operator==(const Error&) const = default;
};
std::string to_text(const Error& error);

template <typename T>
using Result = std::expected<T, Error>;

/// An open file of a Disk. Closing cannot fail in a way that matters here: what must be durable was synced.
class OpenFile {
public:
    virtual ~OpenFile() = default;
    /// All of it, or an error; after an error any part of the range may have been written.
    virtual Result<void> write_at(std::uint64_t offset, std::string_view bytes) = 0;
    virtual Result<void> write_at(std::uint64_t offset, std::span<const std::string_view> pieces) = 0;  // one pwritev
    /// Fewer octets than asked for only at the end of the file.
    virtual Result<std::string> read_at(std::uint64_t offset, std::size_t length) const = 0;
    virtual Result<std::uint64_t> size() const = 0;
    virtual Result<void> truncate(std::uint64_t size) = 0;
    /// Reserves and zeroes blocks, so that later overwrites need no metadata change.
    virtual Result<void> fill_with_zeros(std::uint64_t size) = 0;
    virtual Result<void> sync_data() = 0;  // fdatasync; after a failure never call it again on this file
    /// A descriptor for another process, read-only or as opened. Invalid where there is none (simulated disks).
    virtual Result<Descriptor> duplicate_read_only() const = 0;
    virtual Result<Descriptor> duplicate() const = 0;
};

enum class Mode { Read, Write, CreateNew };  // Write opens existing; CreateNew fails where the name exists

struct Listed {
    std::string name;
    bool is_directory = false;
    bool is_file = true;  // neither is set for symbolic links, sockets and the like
    bool operator==(const Listed&) const = default;
};

class Disk {
public:
    virtual ~Disk() = default;
    virtual Result<std::unique_ptr<OpenFile>> open(const std::string& path, Mode mode) = 0;
    /// Opens a file for writing, creates it where it is absent, and holds an exclusive lock on it until it is closed:
    /// EWOULDBLOCK while somebody else has the lock.
    virtual Result<std::unique_ptr<OpenFile>> open_locked(const std::string& path) = 0;
    /// A file without a name, in `directory`; it vanishes unless link_in() names it.
    virtual Result<std::unique_ptr<OpenFile>> open_unnamed(const std::string& directory) = 0;
    virtual Result<void> link_in(OpenFile& unnamed, const std::string& path) = 0;     // fails where the name exists
    virtual Result<void> rename(const std::string& from, const std::string& to) = 0;  // replaces `to`
    virtual Result<void> link(const std::string& from, const std::string& to) = 0;    // fails where `to` exists
    virtual Result<void> unlink(const std::string& path) = 0;
    virtual Result<void> make_directory(const std::string& path, unsigned permissions) = 0;
    virtual Result<std::vector<Listed>> list(const std::string& directory) = 0;
    virtual Result<bool> exists(const std::string& path) = 0;
    virtual Result<void> sync_directory(const std::string& directory) = 0;
    virtual Result<std::uint64_t> free_bytes() = 0;
};

/// Runs blocking jobs one after another, off the event loop; each `done` is called on the loop, in order. The real one
/// is a thread; the simulator's runs the job at a later virtual time.
class Worker {
public:
    virtual ~Worker() = default;
    virtual void run(std::move_only_function<void()> job, std::move_only_function<void()> done) = 0;
};

}  // namespace file
