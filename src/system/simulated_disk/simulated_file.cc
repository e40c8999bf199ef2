#include "simulated_disk/simulated_file.h"

#include <algorithm>
#include <cerrno>

namespace simulated_disk {

using file::Result;

SimulatedFile::SimulatedFile(SimulatedDisk& disk, InodePointer inode, std::string path, bool writable)
    : disk_(disk), inode_(std::move(inode)), path_(std::move(path)), writable_(writable), life_(disk.life_) {
    ++inode_->opens;
}

SimulatedFile::~SimulatedFile() {
    if (life_ != disk_.life_) return;
    if (holds_lock_) inode_->is_locked = false;
    --inode_->opens;
    disk_.release_if_unused(*inode_);
}

void SimulatedFile::hold_lock() { holds_lock_ = inode_->is_locked = true; }

std::unexpected<file::Error> SimulatedFile::failed(int number, std::string_view call) const {
    return std::unexpected(file::Error{number, call, path_});
}

Result<void> SimulatedFile::check(std::string_view call) const {
    if (life_ != disk_.life_ || disk_.is_off_) return failed(EIO, call);
    return {};
}

Result<void> SimulatedFile::begin(std::string_view call) {
    if (auto usable = check(call); !usable) return usable;
    if (!writable_) return failed(EBADF, call);
    return disk_.count(call, path_);
}

Result<void> SimulatedFile::write_at(std::uint64_t offset, std::string_view bytes) {
    return write_at(offset, std::span(&bytes, 1));
}

Result<void> SimulatedFile::write_at(std::uint64_t offset, std::span<const std::string_view> pieces) {
    std::string bytes;
    for (auto piece : pieces) bytes += piece;
    if (auto begun = begin("pwritev"); !begun) return begun;
    bool fails = disk_.faults_.one_write_in != 0 && disk_.dice_.one_in(disk_.faults_.one_write_in);
    bool is_cut = disk_.faults_.power_cut_at == disk_.calls_;
    if (fails || is_cut) bytes.resize(disk_.dice_.below(bytes.size() + 1));
    if (auto room = disk_.occupy(
            *inode_, std::max<std::uint64_t>(inode_->contents.cached().size(), offset + bytes.size()), path_);
        !room) {
        return room;
    }
    inode_->contents.write(offset, bytes);
    disk_.cut_if_due();
    if (fails) return failed(EIO, "pwritev");
    return {};
}

Result<std::string> SimulatedFile::read_at(std::uint64_t offset, std::size_t length) const {
    if (auto usable = check("pread"); !usable) return std::unexpected(usable.error());
    const std::string& octets = inode_->contents.cached();
    std::string read = offset < octets.size() ? octets.substr(offset, length) : std::string();
    disk_.octets_read_ += read.size();
    return read;
}

Result<std::uint64_t> SimulatedFile::size() const {
    if (auto usable = check("fstat"); !usable) return std::unexpected(usable.error());
    return inode_->contents.cached().size();
}

Result<void> SimulatedFile::truncate(std::uint64_t size) {
    if (auto begun = begin("ftruncate"); !begun) return begun;
    if (auto room = disk_.occupy(*inode_, size, path_); !room) return room;
    inode_->contents.resize(size);
    disk_.cut_if_due();
    return {};
}

Result<void> SimulatedFile::fill_with_zeros(std::uint64_t size) { return write_at(0, std::string(size, '\0')); }

Result<void> SimulatedFile::sync_data() {
    if (auto begun = begin("fdatasync"); !begun) {
        if (!disk_.is_off_ && writable_ && life_ == disk_.life_) inode_->contents.fail_sync(disk_.dice_);
        return begun;
    }
    if (disk_.faults_.one_sync_in != 0 && disk_.dice_.one_in(disk_.faults_.one_sync_in)) {
        inode_->contents.fail_sync(disk_.dice_);
        return failed(EIO, "fdatasync");
    }
    inode_->contents.sync();
    disk_.cut_if_due();
    return {};
}

}  // namespace simulated_disk
