#pragma once
// A disk in memory that fails like a real one, by seed: what was not synced is lost or torn at a power cut, a sync
// fails and leaves pages clean that never arrived, the disk is full, the n-th call fails, the power goes between any
// two calls or in the middle of one. For tests and the simulator; never part of the product.
//
//   SimulatedDisk disk(seed);
//   disk.faults().power_cut_at = disk.calls() + 7;
//   try { … } catch (const PowerCut&) { disk.lose_power(); }   // or disk.kill(): the process died, the kernel did not
//
// Single-threaded.

#include <map>
#include <optional>
#include <string>

#include "file/disk.h"
#include "simulated_disk/names.h"

namespace simulated_disk {

/// Thrown by the call at which the power goes. From then on every call fails with EIO, until lose_power() or kill().
struct PowerCut {};

/// Calls are those that change something; they are counted from 1.
struct Faults {
    std::optional<std::uint64_t> power_cut_at;
    std::map<std::uint64_t, int> errors;         // call → errno
    std::uint32_t one_sync_in = 0;               // fails with EIO; 0: none, 1: all
    std::uint32_t one_write_in = 0;              // fails with EIO after writing a part
    std::uint64_t capacity = std::uint64_t(-1);  // octets
};

struct Options {
    NameLoss name_loss = NameLoss::InOrder;
};

/// Paths and octets of a whole disk, directories ending in "/".
using Image = std::map<std::string, std::string>;

class SimulatedDisk final : public file::Disk {
public:
    explicit SimulatedDisk(std::uint64_t seed = 0, Options options = {}) : dice_(seed), names_(options.name_loss) {}
    SimulatedDisk(const SimulatedDisk&) = delete;
    SimulatedDisk& operator=(const SimulatedDisk&) = delete;

    Faults& faults() { return faults_; }
    std::uint64_t calls() const { return calls_; }
    std::uint64_t used() const { return used_; }
    std::uint64_t octets_read() const { return octets_read_; }

    /// The machine goes dark and comes back: only what was durable is there, and some of what was under way.
    void lose_power();
    /// The process ends: names and octets stay as they are, locks and unnamed files are gone.
    void kill();

    /// All there is now; and a disk that consists of that, durably. For tests that damage what was written.
    Image image() const;
    void restore(const Image& image);
    void plant_symlink(const std::string& path);

    file::Result<std::unique_ptr<file::OpenFile>> open(const std::string& path, file::Mode mode) override;
    file::Result<std::unique_ptr<file::OpenFile>> open_locked(const std::string& path) override;
    file::Result<std::unique_ptr<file::OpenFile>> open_unnamed(const std::string& directory) override;
    file::Result<void> link_in(file::OpenFile& unnamed, const std::string& path) override;
    file::Result<void> rename(const std::string& from, const std::string& to) override;
    file::Result<void> link(const std::string& from, const std::string& to) override;
    file::Result<void> unlink(const std::string& path) override;
    file::Result<void> make_directory(const std::string& path, unsigned permissions) override;
    file::Result<std::vector<file::Listed>> list(const std::string& directory) override;
    file::Result<bool> exists(const std::string& path) override;
    file::Result<void> sync_directory(const std::string& directory) override;
    file::Result<std::uint64_t> free_bytes() override;

private:
    friend class SimulatedFile;

    file::Result<void> count(std::string_view call, const std::string& path);
    void cut_if_due();
    file::Result<std::unique_ptr<file::OpenFile>> make_open(InodePointer inode, const std::string& path, bool writable);
    file::Result<void> require_directory(std::string_view call, const std::string& path) const;
    file::Result<void> occupy(Inode& inode, std::uint64_t size, const std::string& path);
    void release_if_unused(Inode& inode);
    void start_anew();

    Dice dice_;
    Names names_;
    Faults faults_;
    std::uint64_t calls_ = 0;
    std::uint64_t used_ = 0;
    std::uint64_t octets_read_ = 0;
    std::uint64_t life_ = 0;  // grows when the process or the machine dies; files opened before are of no use
    bool is_off_ = false;
};

}  // namespace simulated_disk
