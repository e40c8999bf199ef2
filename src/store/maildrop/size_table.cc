#include "maildrop/size_table.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "checksum/crc32c.h"

namespace maildrop {
namespace {

constexpr std::string_view magic = "hermodW1";
constexpr std::size_t head = magic.size() + sizeof(std::uint32_t) + sizeof(std::uint64_t);
constexpr std::size_t entry_length = 2 * sizeof(std::uint64_t);
static_assert(std::endian::native == std::endian::little);

template <typename Number>
void put(std::string& out, Number number) {
    char octets[sizeof number];
    std::memcpy(octets, &number, sizeof number);
    out.append(octets, sizeof number);
}

template <typename Number>
Number take(std::string_view& in) {
    Number number;
    std::memcpy(&number, in.data(), sizeof number);
    in.remove_prefix(sizeof number);
    return number;
}

}  // namespace

SizeTable::SizeTable(std::vector<Entry> entries) : entries_(std::move(entries)) {
    std::ranges::sort(entries_);
    const auto repeated = std::ranges::unique(entries_, {}, &Entry::hash);
    entries_.erase(repeated.begin(), repeated.end());
}

std::optional<std::uint64_t> SizeTable::find(std::uint64_t hash) const {
    const auto found = std::ranges::lower_bound(entries_, hash, {}, &Entry::hash);
    if (found == entries_.end() || found->hash != hash) return std::nullopt;
    return found->octets;
}

std::string SizeTable::to_octets() const {
    std::string body;
    body.reserve(sizeof(std::uint64_t) + entries_.size() * entry_length);
    put(body, static_cast<std::uint64_t>(entries_.size()));
    for (const auto& entry : entries_) {
        put(body, entry.hash);
        put(body, entry.octets);
    }
    std::string octets(magic);
    put(octets, checksum::crc32c(body));
    return octets + body;
}

std::optional<SizeTable> parse_size_table(std::string_view octets) {
    if (octets.size() < head || !octets.starts_with(magic)) return std::nullopt;
    octets.remove_prefix(magic.size());
    if (take<std::uint32_t>(octets) != checksum::crc32c(octets)) return std::nullopt;
    const auto count = take<std::uint64_t>(octets);
    // Hostile: compared without multiplying, and before anything is allocated.
    if (octets.size() % entry_length != 0 || count != octets.size() / entry_length) return std::nullopt;
    SizeTable table;
    table.entries_.reserve(count);
    for (std::uint64_t i = 0; i < count; ++i) {
        SizeTable::Entry entry{.hash = take<std::uint64_t>(octets)};
        entry.octets = take<std::uint64_t>(octets);
        if (i > 0 && entry.hash <= table.entries_.back().hash) return std::nullopt;
        table.entries_.push_back(entry);
    }
    return table;
}

}  // namespace maildrop
