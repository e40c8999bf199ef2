#pragma once
// The real disk: a directory held open, and everything below it by name.
//
// Needs neither a root directory nor /proc once it is open, so a process may enter an empty root afterwards. Files
// without a name use O_TMPFILE where they can be named later (see link_descriptor() for the right this takes), and a
// random name ".unnamed-…" that is renamed or removed elsewhere; what a crash leaves of those is for the owner of the
// directory to remove at start (is_unnamed()).

#include <atomic>

#include "file/disk.h"

namespace file {

class PosixDisk final : public Disk {
public:
    static Result<std::unique_ptr<PosixDisk>> open(const std::string& path);
    explicit PosixDisk(Descriptor directory) : directory_(std::move(directory)) {}

    Result<std::unique_ptr<OpenFile>> open(const std::string& path, Mode mode) override;
    Result<std::unique_ptr<OpenFile>> open_locked(const std::string& path) override;
    Result<std::unique_ptr<OpenFile>> open_unnamed(const std::string& directory) override;
    Result<void> link_in(OpenFile& unnamed, const std::string& path) override;
    Result<void> rename(const std::string& from, const std::string& to) override;
    Result<void> link(const std::string& from, const std::string& to) override;
    Result<void> unlink(const std::string& path) override;
    Result<void> make_directory(const std::string& path, unsigned permissions) override;
    Result<std::vector<Listed>> list(const std::string& directory) override;
    Result<bool> exists(const std::string& path) override;
    Result<void> sync_directory(const std::string& directory) override;
    Result<std::uint64_t> free_bytes() override;

    /// Whether nobody but this process's user may write here: the directory is ours, and neither group nor others have
    /// the right to write. EPERM otherwise.
    Result<void> check_private() const;

private:
    enum class Unnamed : int { Unknown, Linkable, NeedsName };
    bool can_link_unnamed(const std::string& directory);
    Result<std::unique_ptr<OpenFile>> open_with_random_name(const std::string& directory);

    Descriptor directory_;
    std::atomic<Unnamed> unnamed_ = Unnamed::Unknown;  // found out at the first open_unnamed()
};

/// Whether a listed name is a file that was to have no name, left behind by a crash.
bool is_unnamed(std::string_view name);

}  // namespace file
