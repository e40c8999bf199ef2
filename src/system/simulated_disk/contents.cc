#include "simulated_disk/contents.h"

#include <algorithm>
#include <cstring>

namespace simulated_disk {

void Contents::mark(std::uint64_t from, std::uint64_t to) {
    if (from >= to) return;
    is_dirty_.resize(std::max<std::size_t>(is_dirty_.size(), (to + sector - 1) / sector));
    for (std::size_t number = from / sector; number <= (to - 1) / sector; ++number) {
        if (is_dirty_[number]) continue;
        is_dirty_[number] = true;
        dirty_.push_back(static_cast<std::uint32_t>(number));
    }
}

void Contents::write(std::uint64_t offset, std::string_view octets) {
    if (offset + octets.size() > cached_.size()) resize(offset + octets.size());
    std::memcpy(cached_.data() + offset, octets.data(), octets.size());
    mark(offset, offset + octets.size());
}

void Contents::resize(std::uint64_t size) {
    std::uint64_t before = cached_.size();
    cached_.resize(size);
    mark(std::min(before, size), std::max(before, size));
}

void Contents::forget_marks() {
    dirty_.clear();
    is_dirty_.assign(is_dirty_.size(), false);
}

/// Octets from..to of a sector reach the platter.
void Contents::copy_sector(std::size_t number, std::size_t from, std::size_t to) {
    std::size_t first = number * sector + from;
    std::size_t last = std::min({number * sector + to, cached_.size(), durable_.size()});
    if (first < last) std::memcpy(durable_.data() + first, cached_.data() + first, last - first);
}

void Contents::sync() {
    durable_.resize(cached_.size());
    for (std::uint32_t number : dirty_) copy_sector(number, 0, sector);
    forget_marks();
}

void Contents::fail_sync(Dice& dice) {
    if (dice.coin()) durable_.resize(cached_.size());
    for (std::uint32_t number : dirty_)
        if (dice.coin()) copy_sector(number, 0, sector);
    forget_marks();
}

void Contents::lose_power(Dice& dice) {
    if (dice.coin()) durable_.resize(cached_.size());
    enum Mood { Everything, Nothing, Mixed } mood = static_cast<Mood>(dice.below(3));
    for (std::uint32_t number : dirty_) {
        std::uint64_t fate = mood == Everything ? 0 : mood == Nothing ? 1 : dice.below(4);
        if (fate == 0) copy_sector(number, 0, sector);
        if (fate == 2) copy_sector(number, 0, dice.below(sector));
        if (fate == 3) copy_sector(number, dice.below(sector), sector);
    }
    forget_marks();
    cached_ = durable_;
}

}  // namespace simulated_disk
