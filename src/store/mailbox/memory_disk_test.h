#pragma once
// A disk in memory for tests: the n-th call can fail, and crash() forgets what was not synced.

#include <cerrno>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "file/disk.h"

namespace mailbox {

class MemoryDisk final : public file::Disk {
public:
    struct Node {
        std::string data;
        std::string synced;
        bool is_directory = false;
    };
    using Names = std::map<std::string, std::shared_ptr<Node>>;

    MemoryDisk() {
        names["."] = std::make_shared<Node>(Node{.is_directory = true});
        durable = names;
    }

    Names names;
    Names durable;
    std::optional<int> calls_until_failure;
    int failure = EIO;
    std::function<void()> before_rename;  // what another program does at that moment, once
    std::vector<std::string> calls;

    void crash() {
        names = durable;
        for (auto& [name, node] : names) node->data = node->synced;
        calls_until_failure.reset();
    }
    std::vector<std::string> in(const std::string& directory) const {
        std::vector<std::string> found;
        for (const auto& [name, node] : names)
            if (parent_of(name) == directory && name != ".") found.push_back(name.substr(directory.size() + 1));
        return found;
    }
    void add(const std::string& path, std::string data = {}) {
        names[path] = std::make_shared<Node>(Node{.data = data, .synced = data});
    }

    file::Result<std::unique_ptr<file::OpenFile>> open(const std::string& path, file::Mode mode) override;
    file::Result<std::unique_ptr<file::OpenFile>> open_locked(const std::string& path) override {
        return open(path, file::Mode::Write);
    }
    file::Result<std::unique_ptr<file::OpenFile>> open_unnamed(const std::string& d) override {
        return fail(ENOSYS, "open", d);
    }
    file::Result<void> link_in(file::OpenFile&, const std::string& path) override { return fail(ENOSYS, "link", path); }
    file::Result<void> link(const std::string& from, const std::string& to) override {
        if (auto broken = step("link", to)) return std::unexpected(*broken);
        if (!names.contains(from)) return fail(ENOENT, "link", from);
        if (!names.try_emplace(to, names[from]).second) return fail(EEXIST, "link", to);
        return {};
    }
    file::Result<void> rename(const std::string& from, const std::string& to) override {
        if (before_rename) std::exchange(before_rename, nullptr)();
        if (auto broken = step("rename", to)) return std::unexpected(*broken);
        if (!names.contains(from) || !names.contains(parent_of(to))) return fail(ENOENT, "rename", from);
        names[to] = names[from];
        names.erase(from);
        return {};
    }
    file::Result<void> unlink(const std::string& path) override {
        if (auto broken = step("unlink", path)) return std::unexpected(*broken);
        if (names.erase(path) == 0) return fail(ENOENT, "unlink", path);
        return {};
    }
    file::Result<void> make_directory(const std::string& path, unsigned) override {
        if (auto broken = step("mkdir", path)) return std::unexpected(*broken);
        if (names.contains(path)) return fail(EEXIST, "mkdir", path);
        names[path] = std::make_shared<Node>(Node{.is_directory = true});
        return {};
    }
    file::Result<std::vector<file::Listed>> list(const std::string& directory) override {
        if (auto broken = step("list", directory)) return std::unexpected(*broken);
        if (!names.contains(directory)) return fail(ENOENT, "list", directory);
        std::vector<file::Listed> listed;
        for (const auto& name : in(directory)) {
            const bool is_directory = names[directory + '/' + name]->is_directory;
            listed.push_back({.name = name, .is_directory = is_directory, .is_file = !is_directory});
        }
        return listed;
    }
    file::Result<bool> exists(const std::string& path) override {
        if (auto broken = step("exists", path)) return std::unexpected(*broken);
        return names.contains(path);
    }
    file::Result<void> sync_directory(const std::string& directory) override {
        if (auto broken = step("fsync", directory)) return std::unexpected(*broken);
        std::erase_if(durable,
                      [&](const auto& entry) { return entry.first != "." && parent_of(entry.first) == directory; });
        for (const auto& [name, node] : names)
            if (parent_of(name) == directory) durable[name] = node;
        return {};
    }
    file::Result<std::uint64_t> free_bytes() override { return 1'000'000; }

    std::optional<file::Error> step(std::string_view call, const std::string& path) {
        calls.push_back(std::string(call) + ' ' + path);
        if (calls_until_failure && (*calls_until_failure)-- == 0) return file::Error{failure, call, path};
        return std::nullopt;
    }
    static std::unexpected<file::Error> fail(int number, std::string_view call, std::string path) {
        return std::unexpected(file::Error{number, call, std::move(path)});
    }
    static std::string parent_of(const std::string& path) {
        const auto slash = path.rfind('/');
        return slash == path.npos ? "." : path.substr(0, slash);
    }
};

class MemoryFile final : public file::OpenFile {
public:
    MemoryFile(MemoryDisk& disk, std::string path, std::shared_ptr<MemoryDisk::Node> node)
        : disk_(disk), path_(std::move(path)), node_(std::move(node)) {}

    file::Result<void> write_at(std::uint64_t offset, std::string_view bytes) override {
        if (auto broken = disk_.step("write", path_)) {
            node_->data += bytes.substr(0, bytes.size() / 2);  // torn
            return std::unexpected(*broken);
        }
        if (node_->data.size() < offset + bytes.size()) node_->data.resize(offset + bytes.size());
        node_->data.replace(offset, bytes.size(), bytes);
        return {};
    }
    file::Result<void> write_at(std::uint64_t offset, std::span<const std::string_view> pieces) override {
        std::string all;
        for (auto piece : pieces) all += piece;
        return write_at(offset, all);
    }
    file::Result<std::string> read_at(std::uint64_t offset, std::size_t length) const override {
        return offset >= node_->data.size() ? std::string() : node_->data.substr(offset, length);
    }
    file::Result<std::uint64_t> size() const override { return node_->data.size(); }
    file::Result<void> truncate(std::uint64_t size) override {
        node_->data.resize(size);
        return {};
    }
    file::Result<void> fill_with_zeros(std::uint64_t) override { return {}; }
    file::Result<void> sync_data() override {
        if (auto broken = disk_.step("fdatasync", path_)) return std::unexpected(*broken);
        node_->synced = node_->data;
        return {};
    }
    file::Result<file::Descriptor> duplicate_read_only() const override { return file::Descriptor(); }
    file::Result<file::Descriptor> duplicate() const override { return file::Descriptor(); }

private:
    MemoryDisk& disk_;
    std::string path_;
    std::shared_ptr<MemoryDisk::Node> node_;
};

inline file::Result<std::unique_ptr<file::OpenFile>> MemoryDisk::open(const std::string& path, file::Mode mode) {
    if (auto broken = step("open", path)) return std::unexpected(*broken);
    const bool is_there = names.contains(path);
    if (mode == file::Mode::CreateNew && is_there) return fail(EEXIST, "open", path);
    if (mode != file::Mode::CreateNew && !is_there) return fail(ENOENT, "open", path);
    if (!names.contains(parent_of(path))) return fail(ENOENT, "open", path);
    if (!is_there) names[path] = std::make_shared<Node>();
    return std::make_unique<MemoryFile>(*this, path, names[path]);
}

}  // namespace mailbox
