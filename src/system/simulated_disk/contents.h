#pragma once
// The octets of one simulated file, twice: as programs see them (the page cache), and as they are on the platter.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "simulated_disk/dice.h"

namespace simulated_disk {

constexpr std::size_t sector = 512;

class Contents {
public:
    Contents() = default;
    /// A file that has been on disk for long.
    explicit Contents(std::string octets) : cached_(std::move(octets)), durable_(cached_) {}

    const std::string& cached() const { return cached_; }
    void write(std::uint64_t offset, std::string_view octets);
    void resize(std::uint64_t size);

    /// fdatasync succeeded: everything is on the platter, the size too. Sectors that an earlier failed sync gave up are
    /// not: they count as clean.
    void sync();
    /// fdatasync failed, as Linux fails: some sectors arrived, all of them are marked clean, and so the next sync will
    /// succeed without them.
    void fail_sync(Dice& dice);
    /// Power is lost: each sector written since the last sync is there, or as it was, or half and half.
    void lose_power(Dice& dice);

private:
    void mark(std::uint64_t from, std::uint64_t to);
    void copy_sector(std::size_t number, std::size_t from, std::size_t to);
    void forget_marks();

    std::string cached_;
    std::string durable_;
    std::vector<std::uint32_t> dirty_;  // sectors written since the last sync
    std::vector<bool> is_dirty_;
};

}  // namespace simulated_disk
