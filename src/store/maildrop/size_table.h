#pragma once
// How long messages are on the wire, remembered in the Maildir beside them: STAT and LIST ask it, and to find out, a
// message must be read from end to end (CRLF for every LF).
//
// A file of numbers, and a guess by nature: it is never synced, and where it is missing, damaged or older than a
// message, that is counted anew. Format: "hermodW1", CRC-32C of what follows, the number of entries, then for each a
// hash of the message's stem and its octets, sorted by hash; all little-endian.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace maildrop {

class SizeTable {
public:
    struct Entry {
        std::uint64_t hash = 0;
        std::uint64_t octets = 0;
        auto operator<=>(const Entry&) const = default;
    };

    SizeTable() = default;
    /// In any order; of two entries with the same hash one stays.
    explicit SizeTable(std::vector<Entry> entries);

    std::optional<std::uint64_t> find(std::uint64_t hash) const;
    std::size_t size() const { return entries_.size(); }
    bool operator==(const SizeTable&) const = default;

    std::string to_octets() const;

private:
    std::vector<Entry> entries_;
    friend std::optional<SizeTable> parse_size_table(std::string_view octets);
};

constexpr std::size_t longest_size_table = std::size_t{64} * 1024 * 1024;

/// Nothing where it is damaged.
std::optional<SizeTable> parse_size_table(std::string_view octets);

}  // namespace maildrop
