#include "simulated_disk/names.h"

#include <algorithm>

namespace simulated_disk {

std::string_view parent_of(std::string_view path) {
    auto slash = path.rfind('/');
    return slash == std::string_view::npos ? std::string_view(".") : path.substr(0, slash);
}

InodePointer Names::find(const std::string& path) const {
    auto found = now_.find(path);
    return found == now_.end() ? nullptr : found->second;
}

void Names::apply(const Change& change, std::map<std::string, InodePointer>& names) {
    for (const auto& [path, inode] : change) {
        if (inode) {
            names[path] = inode;
        } else {
            names.erase(path);
        }
    }
}

void Names::change(std::vector<Meaning> meanings) {
    for (const auto& [path, inode] : meanings) {
        if (auto old = find(path)) --old->names;
        if (inode) ++inode->names;
        apply({{path, inode}}, now_);
    }
    unsynced_.push_back(std::move(meanings));
}

/// Whether syncing the directory makes this change durable. A journal commits everything before it as well.
bool Names::is_covered(std::size_t change, std::string_view directory) const {
    auto touches = [&](const Change& made) {
        return std::ranges::any_of(made, [&](const Meaning& m) { return parent_of(m.path) == directory; });
    };
    if (loss_ == NameLoss::Arbitrary) return touches(unsynced_[change]);
    return std::any_of(unsynced_.begin() + static_cast<std::ptrdiff_t>(change), unsynced_.end(), touches);
}

void Names::sync_directory(std::string_view directory) {
    std::vector<Change> left;
    for (std::size_t i = 0; i < unsynced_.size(); ++i) {
        if (is_covered(i, directory)) {
            apply(unsynced_[i], durable_);
        } else {
            left.push_back(unsynced_[i]);
        }
    }
    unsynced_ = std::move(left);
}

void Names::fail_sync_directory(std::string_view directory, Dice& dice) {
    bool partly = dice.coin();
    std::vector<Change> left;
    for (std::size_t i = 0; i < unsynced_.size(); ++i) {
        if (partly && is_covered(i, directory) && (loss_ == NameLoss::InOrder || dice.coin())) {
            apply(unsynced_[i], durable_);
        } else {
            left.push_back(unsynced_[i]);
        }
    }
    unsynced_ = std::move(left);
}

void Names::lose_power(Dice& dice) {
    std::size_t survivors = dice.below(unsynced_.size() + 1);
    for (std::size_t i = 0; i < unsynced_.size(); ++i) {
        bool survives = loss_ == NameLoss::InOrder ? i < survivors : dice.coin();
        if (survives) apply(unsynced_[i], durable_);
    }
    std::erase_if(durable_, [&](const auto& named) {  // what lies in a directory that is not there
        std::string parent(parent_of(named.first));
        return parent != "." && !durable_.contains(parent);
    });
    now_ = durable_;
    unsynced_.clear();
    for (auto& [path, inode] : now_) inode->names = 0;
    for (auto& [path, inode] : now_) ++inode->names;
}

void Names::settle() {
    durable_ = now_;
    unsynced_.clear();
}

}  // namespace simulated_disk
