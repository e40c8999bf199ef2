#pragma once
// Message id → what is known of it in memory: about 150 octets for a message with one recipient.
//
// Entries stay where they are for as long as they live, in numbered slots, so that a checkpoint can walk through them
// in slices while others come and go: an entry that was there when the walk began, and still is when its slot is
// reached, is seen exactly once.

#include <cstdint>
#include <memory>
#include <vector>

#include "spool/spool.h"

namespace spool {

/// Where a message's Accept stands in the journal.
struct Location {
    std::uint32_t segment = 0;
    std::uint32_t offset = 0;
    std::uint32_t length = 0;  // of the whole record
    std::uint32_t meta_length = 0;
    bool operator==(const Location&) const = default;
};

class Index {
public:
    struct Slot {
        MessageId id = 0;  // 0: free
        Location where;
        bool is_blob = false;
        std::uint64_t changed = 0;  // ticket of the last draft that said something about it
        Entry entry;
    };

    Slot* find(MessageId id);
    const Slot* find(MessageId id) const { return const_cast<Index*>(this)->find(id); }
    /// The slot of `id`, new and empty where there was none. `id` is not 0.
    Slot& insert(MessageId id);
    void erase(MessageId id);
    std::size_t size() const { return size_; }
    void reserve(std::size_t messages);

    /// Slots are numbered from 0; null where one is free.
    std::size_t slots() const { return used_slots_; }
    const Slot* slot(std::size_t number) const;

private:
    // Open addressing with linear probing; a cell knows a part of the hash, so that growing need not touch the entries.
    struct Cell {
        std::uint32_t slot_plus_one = 0;  // 0: empty
        std::uint32_t hash = 0;
    };
    static constexpr std::size_t slots_of_a_block = 1024;

    Slot& at(std::size_t number) { return blocks_[number / slots_of_a_block][number % slots_of_a_block]; }
    std::size_t find_cell(MessageId id) const;  // of the id, or the empty one where it belongs
    void rebuild(std::size_t cells);
    std::uint32_t take_slot();

    std::vector<std::unique_ptr<Slot[]>> blocks_;
    std::vector<std::uint32_t> free_slots_;
    std::vector<Cell> cells_;
    std::size_t used_slots_ = 0;
    std::size_t size_ = 0;
};

}  // namespace spool
