#include "spool/index.h"

#include <bit>

#include "lang/verify.h"

namespace spool {
namespace {

std::uint32_t hash_of(MessageId id) { return static_cast<std::uint32_t>((id * 0x9e3779b97f4a7c15) >> 32); }

constexpr std::size_t least_cells = 64;

}  // namespace

std::size_t Index::find_cell(MessageId id) const {
    const std::uint32_t hash = hash_of(id);
    const std::size_t mask = cells_.size() - 1;
    for (std::size_t cell = hash & mask;; cell = (cell + 1) & mask) {
        const Cell& found = cells_[cell];
        if (found.slot_plus_one == 0) return cell;
        if (found.hash == hash && slot(found.slot_plus_one - 1)->id == id) return cell;
    }
}

const Index::Slot* Index::slot(std::size_t number) const {
    const Slot& slot = blocks_[number / slots_of_a_block][number % slots_of_a_block];
    return slot.id == 0 ? nullptr : &slot;
}

Index::Slot* Index::find(MessageId id) {
    if (cells_.empty()) return nullptr;
    const Cell& cell = cells_[find_cell(id)];
    return cell.slot_plus_one == 0 ? nullptr : &at(cell.slot_plus_one - 1);
}

std::uint32_t Index::take_slot() {
    if (!free_slots_.empty()) {
        std::uint32_t number = free_slots_.back();
        free_slots_.pop_back();
        return number;
    }
    if (used_slots_ == blocks_.size() * slots_of_a_block) blocks_.push_back(std::make_unique<Slot[]>(slots_of_a_block));
    return static_cast<std::uint32_t>(used_slots_++);
}

Index::Slot& Index::insert(MessageId id) {
    VERIFY(id != 0);
    if (Slot* known = find(id)) return *known;
    reserve(size_ + 1);
    std::uint32_t number = take_slot();
    at(number).id = id;
    cells_[find_cell(id)] = {number + 1, hash_of(id)};
    ++size_;
    return at(number);
}

void Index::reserve(std::size_t messages) {
    std::size_t wanted = std::max(least_cells, std::bit_ceil(messages + messages / 2));
    if (wanted > cells_.size()) rebuild(wanted);
}

void Index::rebuild(std::size_t cells) {
    std::vector<Cell> before = std::exchange(cells_, std::vector<Cell>(cells));
    for (const Cell& cell : before) {
        if (cell.slot_plus_one == 0) continue;
        std::size_t place = cell.hash & (cells - 1);
        while (cells_[place].slot_plus_one != 0) place = (place + 1) & (cells - 1);
        cells_[place] = cell;
    }
}

void Index::erase(MessageId id) {
    if (cells_.empty()) return;
    const std::size_t mask = cells_.size() - 1;
    std::size_t hole = find_cell(id);
    if (cells_[hole].slot_plus_one == 0) return;
    std::uint32_t number = cells_[hole].slot_plus_one - 1;
    // Close the gap: whoever was pushed past this cell moves up.
    for (std::size_t next = (hole + 1) & mask; cells_[next].slot_plus_one != 0; next = (next + 1) & mask) {
        std::size_t home = cells_[next].hash & mask;
        if (((next - home) & mask) < ((next - hole) & mask)) continue;
        cells_[hole] = cells_[next];
        hole = next;
    }
    cells_[hole] = {};
    at(number) = {};
    free_slots_.push_back(number);
    --size_;
}

}  // namespace spool
