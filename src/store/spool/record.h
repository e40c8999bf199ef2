#pragma once
// The framing of the journal: one record is one transaction, and so is there wholly or not at all.
//
//   header (64 octets) · meta (the operations) · bodies (inline messages, in the order of the Accepts) · zeros up to 8
//
// Header and meta carry a CRC-32C that also covers where the record stands (generation, segment, offset), so a page
// that is left over from an earlier use of the file, copied elsewhere, or taken from another segment never looks valid.
// Each body has a checksum of its own in the meta part. Records of one write form a group; a group begins on a page of
// its own, so that writing it never touches a page that holds what was acknowledged before.
//
// Pure. Hostile: parse_header() and check_record() are given whatever is on the disk.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace spool {

constexpr std::size_t header_size = 64;
constexpr std::size_t page_size = 4096;
constexpr std::size_t record_alignment = 8;

constexpr std::uint64_t round_up(std::uint64_t number, std::uint64_t unit) { return (number + unit - 1) / unit * unit; }

/// Where a record stands.
struct Place {
    std::uint32_t generation = 0;  // of the segment: the start of the spool in which it was opened
    std::uint64_t segment = 0;
    std::uint64_t offset = 0;
};

struct RecordHeader {
    enum class Type : std::uint8_t { Transaction = 1, Abort = 2 };

    Type type = Type::Transaction;
    bool ends_group = false;
    std::uint32_t meta_length = 0;
    std::uint32_t body_length = 0;
    std::uint32_t position = 0;  // in its group
    std::uint64_t sequence = 0;  // grows by one from record to record, over all segments
    std::uint64_t message = 0;   // the first one concerned, for people who look at a damaged record
    bool operator==(const RecordHeader&) const = default;

    std::uint64_t length() const { return header_size + meta_length + std::uint64_t{body_length}; }
    std::uint64_t first_of_group() const { return sequence - position; }
};

/// Fills in the first 64 octets of `record`, which are followed by the meta part.
void write_header(std::string& record, const RecordHeader& header, const Place& place);

/// nullopt: there is no record at this place.
std::optional<RecordHeader> parse_header(std::string_view octets, const Place& place);

/// The meta part of a record whose header was parsed; nullopt where it is cut off or does not match its checksum.
std::optional<std::string_view> checked_meta(std::string_view record, const RecordHeader& header, const Place& place);

/// Where the next record of the segment may begin.
std::uint64_t next_offset(std::uint64_t offset, const RecordHeader& header);

}  // namespace spool
