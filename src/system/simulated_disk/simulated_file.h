#pragma once
// An open file of a SimulatedDisk.

#include "simulated_disk/simulated_disk.h"

namespace simulated_disk {

class SimulatedFile final : public file::OpenFile {
public:
    SimulatedFile(SimulatedDisk& disk, InodePointer inode, std::string path, bool writable);
    ~SimulatedFile() override;

    file::Result<void> write_at(std::uint64_t offset, std::string_view bytes) override;
    file::Result<void> write_at(std::uint64_t offset, std::span<const std::string_view> pieces) override;
    file::Result<std::string> read_at(std::uint64_t offset, std::size_t length) const override;
    file::Result<std::uint64_t> size() const override;
    file::Result<void> truncate(std::uint64_t size) override;
    file::Result<void> fill_with_zeros(std::uint64_t size) override;
    file::Result<void> sync_data() override;
    file::Result<file::Descriptor> duplicate_read_only() const override { return file::Descriptor(); }
    file::Result<file::Descriptor> duplicate() const override { return file::Descriptor(); }

    const InodePointer& inode() const { return inode_; }
    void hold_lock();

private:
    file::Result<void> check(std::string_view call) const;
    file::Result<void> begin(std::string_view call);
    std::unexpected<file::Error> failed(int number, std::string_view call) const;

    SimulatedDisk& disk_;
    InodePointer inode_;
    std::string path_;
    bool writable_;
    bool holds_lock_ = false;
    std::uint64_t life_;
};

}  // namespace simulated_disk
