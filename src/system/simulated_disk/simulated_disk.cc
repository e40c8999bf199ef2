#include "simulated_disk/simulated_disk.h"

#include <algorithm>
#include <cerrno>

#include "simulated_disk/simulated_file.h"

namespace simulated_disk {

using file::Error;
using file::Mode;
using file::OpenFile;
using file::Result;

namespace {

std::unexpected<Error> failed(int number, std::string_view call, const std::string& path) {
    return std::unexpected(Error{number, call, path});
}

}  // namespace

/// The power goes before the call, or (see cut_if_due) after it did its work and before anybody hears of that.
Result<void> SimulatedDisk::count(std::string_view call, const std::string& path) {
    if (is_off_) return failed(EIO, call, path);
    ++calls_;
    if (faults_.power_cut_at == calls_ && dice_.coin()) {
        is_off_ = true;
        throw PowerCut();
    }
    if (auto error = faults_.errors.find(calls_); error != faults_.errors.end())
        return failed(error->second, call, path);
    return {};
}

void SimulatedDisk::cut_if_due() {
    if (faults_.power_cut_at != calls_) return;
    is_off_ = true;
    throw PowerCut();
}

void SimulatedDisk::start_anew() {
    faults_.power_cut_at.reset();
    is_off_ = false;
    ++life_;
    used_ = 0;
    for (auto& [path, inode] : names_.all()) {
        inode->opens = 0;
        inode->is_locked = false;
        used_ += inode->contents.cached().size();
    }
}

void SimulatedDisk::lose_power() {
    names_.lose_power(dice_);
    for (auto& [path, inode] : names_.all()) inode->contents.lose_power(dice_);
    start_anew();
}

void SimulatedDisk::kill() { start_anew(); }

Image SimulatedDisk::image() const {
    Image image;
    for (const auto& [path, inode] : names_.all()) {
        if (inode->is_directory) {
            image[path + "/"];
        } else {
            image[path] = inode->contents.cached();
        }
    }
    return image;
}

void SimulatedDisk::restore(const Image& image) {
    std::vector<Names::Meaning> meanings;
    for (const auto& [path, inode] : names_.all()) meanings.push_back({path, nullptr});
    for (const auto& [path, octets] : image) {
        auto inode = std::make_shared<Inode>();
        inode->is_directory = path.ends_with('/');
        inode->contents = Contents(octets);
        meanings.push_back({inode->is_directory ? path.substr(0, path.size() - 1) : path, inode});
    }
    names_.change(std::move(meanings));
    names_.settle();
    start_anew();
}

void SimulatedDisk::plant_symlink(const std::string& path) {
    auto inode = std::make_shared<Inode>();
    inode->is_symlink = true;
    names_.change({{path, inode}});
    names_.settle();
}

Result<void> SimulatedDisk::occupy(Inode& inode, std::uint64_t size, const std::string& path) {
    std::uint64_t before = inode.contents.cached().size();
    if (size > before && size - before > faults_.capacity - std::min(used_, faults_.capacity))
        return failed(ENOSPC, "write", path);
    used_ += size - before;
    return {};
}

void SimulatedDisk::release_if_unused(Inode& inode) {
    if (inode.names == 0 && inode.opens == 0) used_ -= inode.contents.cached().size();
}

Result<void> SimulatedDisk::require_directory(std::string_view call, const std::string& path) const {
    std::string parent(parent_of(path));
    if (parent == ".") return {};
    auto inode = names_.find(parent);
    if (!inode || !inode->is_directory) return failed(ENOENT, call, path);
    return {};
}

Result<std::unique_ptr<OpenFile>> SimulatedDisk::make_open(InodePointer inode, const std::string& path, bool writable) {
    return std::make_unique<SimulatedFile>(*this, std::move(inode), path, writable);
}

Result<std::unique_ptr<OpenFile>> SimulatedDisk::open(const std::string& path, Mode mode) {
    if (is_off_) return failed(EIO, "open", path);
    auto inode = names_.find(path);
    if (mode != Mode::CreateNew) {
        if (!inode) return failed(ENOENT, "open", path);
        if (inode->is_symlink) return failed(ELOOP, "open", path);
        return make_open(std::move(inode), path, mode == Mode::Write);
    }
    if (auto parent = require_directory("open", path); !parent) return std::unexpected(parent.error());
    if (inode) return failed(EEXIST, "open", path);
    if (auto counted = count("open", path); !counted) return std::unexpected(counted.error());
    inode = std::make_shared<Inode>();
    names_.change({{path, inode}});
    cut_if_due();
    return make_open(std::move(inode), path, /*writable=*/true);
}

Result<std::unique_ptr<OpenFile>> SimulatedDisk::open_locked(const std::string& path) {
    auto opened = names_.find(path) ? open(path, Mode::Write) : open(path, Mode::CreateNew);
    if (!opened) return opened;
    auto& locked = dynamic_cast<SimulatedFile&>(**opened);
    if (locked.inode()->is_locked) return failed(EWOULDBLOCK, "flock", path);
    locked.hold_lock();
    return opened;
}

Result<std::unique_ptr<OpenFile>> SimulatedDisk::open_unnamed(const std::string& directory) {
    if (auto counted = count("open", directory); !counted) return std::unexpected(counted.error());
    cut_if_due();
    return make_open(std::make_shared<Inode>(), "(unnamed)", /*writable=*/true);
}

Result<void> SimulatedDisk::link_in(OpenFile& unnamed, const std::string& path) {
    if (auto parent = require_directory("linkat", path); !parent) return parent;
    if (names_.find(path)) return failed(EEXIST, "linkat", path);
    if (auto counted = count("linkat", path); !counted) return counted;
    names_.change({{path, dynamic_cast<SimulatedFile&>(unnamed).inode()}});
    cut_if_due();
    return {};
}

Result<void> SimulatedDisk::rename(const std::string& from, const std::string& to) {
    auto inode = names_.find(from);
    if (!inode) return failed(ENOENT, "rename", from);
    if (auto parent = require_directory("rename", to); !parent) return parent;
    if (auto counted = count("rename", from); !counted) return counted;
    auto replaced = names_.find(to);
    names_.change({{from, nullptr}, {to, inode}});
    if (replaced) release_if_unused(*replaced);
    cut_if_due();
    return {};
}

Result<void> SimulatedDisk::link(const std::string& from, const std::string& to) {
    auto inode = names_.find(from);
    if (!inode) return failed(ENOENT, "link", from);
    if (names_.find(to)) return failed(EEXIST, "link", to);
    if (auto counted = count("link", to); !counted) return counted;
    names_.change({{to, inode}});
    cut_if_due();
    return {};
}

Result<void> SimulatedDisk::unlink(const std::string& path) {
    auto inode = names_.find(path);
    if (!inode) return failed(ENOENT, "unlink", path);
    if (auto counted = count("unlink", path); !counted) return counted;
    names_.change({{path, nullptr}});
    release_if_unused(*inode);
    cut_if_due();
    return {};
}

Result<void> SimulatedDisk::make_directory(const std::string& path, unsigned) {
    if (names_.find(path)) return failed(EEXIST, "mkdir", path);
    if (auto counted = count("mkdir", path); !counted) return counted;
    auto inode = std::make_shared<Inode>();
    inode->is_directory = true;
    names_.change({{path, inode}});
    cut_if_due();
    return {};
}

Result<std::vector<file::Listed>> SimulatedDisk::list(const std::string& directory) {
    if (is_off_) return failed(EIO, "readdir", directory);
    std::vector<file::Listed> listed;
    for (const auto& [path, inode] : names_.all()) {
        if (parent_of(path) != directory) continue;
        std::string name = path.substr(directory == "." ? 0 : directory.size() + 1);
        listed.push_back({std::move(name), inode->is_directory, !inode->is_directory && !inode->is_symlink});
    }
    return listed;
}

Result<bool> SimulatedDisk::exists(const std::string& path) {
    if (is_off_) return failed(EIO, "fstatat", path);
    return names_.find(path) != nullptr;
}

Result<void> SimulatedDisk::sync_directory(const std::string& directory) {
    if (auto counted = count("fsync", directory); !counted) {
        if (!is_off_) names_.fail_sync_directory(directory, dice_);
        return counted;
    }
    if (faults_.one_sync_in != 0 && dice_.one_in(faults_.one_sync_in)) {
        names_.fail_sync_directory(directory, dice_);
        return failed(EIO, "fsync", directory);
    }
    names_.sync_directory(directory);
    cut_if_due();
    return {};
}

Result<std::uint64_t> SimulatedDisk::free_bytes() {
    if (is_off_) return failed(EIO, "statvfs", ".");
    return faults_.capacity - std::min(used_, faults_.capacity);
}

}  // namespace simulated_disk
