#pragma once
// A segment of the journal as a file: its name, its first page, and walking through its records.
//
// A segment is written once with zeros, then used from front to back, and when no message in it is alive any more it is
// renamed to serve again under a new number; no number is used twice. Pure.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "spool/operations.h"
#include "spool/record.h"

namespace spool {

constexpr std::string_view segments_directory = "segments";
std::string segment_path(std::uint64_t segment);
std::optional<std::uint64_t> parse_segment_name(std::string_view name);
std::string spare_path(std::uint64_t number);
std::optional<std::uint64_t> parse_spare_name(std::string_view name);

/// The first page, written together with the first group.
struct SegmentHeader {
    std::uint64_t spool = 0;  // which spool it belongs to: see layout.h
    std::uint64_t segment = 0;
    std::uint32_t generation = 0;
    std::uint64_t first_sequence = 0;
    bool operator==(const SegmentHeader&) const = default;
};
std::string encode(const SegmentHeader& header);  // a whole page
std::optional<SegmentHeader> parse_segment_header(std::string_view page);

/// What the header must have been when its page is damaged, from the first record that fits; spool is then 0.
std::optional<SegmentHeader> infer_segment_header(std::string_view octets, std::uint64_t segment);

/// A record that is whole.
struct Whole {
    std::uint64_t offset = 0;
    RecordHeader header;
    std::variant<std::vector<OperationRecord>, Abort> content;
    std::string_view meta;
    std::string_view bodies;
};

/// Octets that should have been a record.
struct Damaged {
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
    std::optional<RecordHeader> header;  // where that much is readable
};
using Sight = std::variant<Whole, Damaged>;

/// Checks one record completely: header, operations, every body.
Sight look_at(std::string_view record, const RecordHeader& header, const Place& place);

/// Walks through a segment. After damage it goes on at the next place that begins with a valid header, so one bad page
/// costs the records on it and no others. Hostile: time is linear in the size of the segment.
class Scan {
public:
    Scan(std::string_view octets, std::uint64_t segment, std::uint32_t generation, std::uint64_t offset)
        : octets_(octets), segment_(segment), generation_(generation), offset_(offset) {}

    std::optional<Sight> next();

private:
    Place place(std::uint64_t offset) const { return {generation_, segment_, offset}; }
    std::optional<Sight> skip_damage();

    std::string_view octets_;
    std::uint64_t segment_;
    std::uint32_t generation_;
    std::uint64_t offset_;
    bool in_group_ = false;
};

}  // namespace spool
