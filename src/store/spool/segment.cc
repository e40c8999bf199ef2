#include "spool/segment.h"

#include <fmt/format.h>

#include <charconv>
#include <cstring>

#include "checksum/crc32c.h"
#include "spool/octets.h"

namespace spool {
namespace {

constexpr std::string_view magic = "HMSEGMNT";
constexpr std::uint32_t version = 1;
constexpr std::string_view spare_prefix = "spare-";
constexpr std::size_t length_of_name = 16;
constexpr std::size_t offset_of_copy = page_size / 2;
constexpr std::size_t offset_of_generation = 20;  // in a record

std::optional<SegmentHeader> parse_copy(std::string_view octets) {
    Reader in(octets);
    std::string_view mark = in.take_octets(magic.size());
    auto written_by = in.take<std::uint32_t>();
    SegmentHeader header;
    header.generation = in.take<std::uint32_t>();
    header.spool = in.take<std::uint64_t>();
    header.segment = in.take<std::uint64_t>();
    header.first_sequence = in.take<std::uint64_t>();
    std::size_t length = octets.size() - in.left();
    auto crc = in.take<std::uint32_t>();
    if (!in.ok() || mark != magic || written_by != version) return std::nullopt;
    if (crc != checksum::crc32c(octets.substr(0, length))) return std::nullopt;
    return header;
}

std::optional<std::uint64_t> parse_hex(std::string_view text) {
    std::uint64_t number = 0;
    if (text.size() != length_of_name) return std::nullopt;
    auto [end, error] = std::from_chars(text.begin(), text.end(), number, 16);
    if (error != std::errc() || end != text.end() || text != fmt::format("{:016x}", number)) return std::nullopt;
    return number;
}

/// Whether something was written here in this use of the segment: not zeros, not left over from an earlier one.
bool looks_written(std::string_view octets, std::uint64_t segment, std::uint32_t generation) {
    if (octets.size() < header_size) return false;
    Reader in(octets.substr(offset_of_generation));
    return in.take<std::uint32_t>() == generation && in.take<std::uint64_t>() == segment;
}

/// Whether the bodies behind the meta part are those its Accepts name.
bool bodies_match(const std::vector<OperationRecord>& operations, std::string_view bodies) {
    for (const OperationRecord& operation : operations) {
        const auto* accept = std::get_if<AcceptRecord>(&operation);
        if (!accept || accept->is_blob) continue;
        if (accept->body_length > bodies.size()) return false;
        if (checksum::crc32c(bodies.substr(0, accept->body_length)) != accept->body_crc) return false;
        bodies.remove_prefix(accept->body_length);
    }
    return bodies.empty();
}

}  // namespace

std::string segment_path(std::uint64_t segment) { return fmt::format("{}/{:016x}", segments_directory, segment); }
std::string spare_path(std::uint64_t number) {
    return fmt::format("{}/{}{:016x}", segments_directory, spare_prefix, number);
}
std::optional<std::uint64_t> parse_segment_name(std::string_view name) { return parse_hex(name); }
std::optional<std::uint64_t> parse_spare_name(std::string_view name) {
    if (!name.starts_with(spare_prefix)) return std::nullopt;
    return parse_hex(name.substr(spare_prefix.size()));
}

std::string encode(const SegmentHeader& header) {
    std::string copy;
    Writer out(copy);
    copy += magic;
    out.put(version);
    out.put(header.generation);
    out.put(header.spool);
    out.put(header.segment);
    out.put(header.first_sequence);
    out.put(checksum::crc32c(copy));
    std::string page(page_size, '\0');
    page.replace(0, copy.size(), copy);
    page.replace(offset_of_copy, copy.size(), copy);
    return page;
}

std::optional<SegmentHeader> parse_segment_header(std::string_view page) {
    if (page.size() < page_size) return std::nullopt;
    if (auto header = parse_copy(page.substr(0, offset_of_copy))) return header;
    return parse_copy(page.substr(offset_of_copy, offset_of_copy));
}

std::optional<SegmentHeader> infer_segment_header(std::string_view octets, std::uint64_t segment) {
    for (std::size_t offset = page_size; offset + header_size <= octets.size(); offset += page_size) {
        std::uint32_t generation;
        std::memcpy(&generation, octets.data() + offset + offset_of_generation, sizeof generation);
        if (auto header = parse_header(octets.substr(offset), {generation, segment, offset}))
            return SegmentHeader{0, segment, generation, header->sequence};
    }
    return std::nullopt;
}

Sight look_at(std::string_view record, const RecordHeader& header, const Place& place) {
    const Damaged damaged{place.offset, header.length(), header};
    if (record.size() < header.length()) return damaged;
    auto meta = checked_meta(record, header, place);
    if (!meta) return damaged;
    Whole whole{place.offset, header, {}, *meta, record.substr(header_size + meta->size(), header.body_length)};
    if (header.type == RecordHeader::Type::Abort) {
        auto abort = parse_abort(*meta);
        if (!abort) return damaged;
        whole.content = *abort;
        return whole;
    }
    auto operations = parse_operations(*meta);
    if (!operations || !bodies_match(*operations, whole.bodies)) return damaged;
    whole.content = std::move(*operations);
    return whole;
}

std::optional<Sight> Scan::next() {
    if (offset_ >= octets_.size()) return std::nullopt;
    auto header = parse_header(octets_.substr(offset_), place(offset_));
    if (!header) return skip_damage();
    Sight sight = look_at(octets_.substr(offset_, header->length()), *header, place(offset_));
    offset_ = next_offset(offset_, *header);
    in_group_ = !header->ends_group;
    return sight;
}

/// What follows is no record: the end of what was written, or damage with more behind it.
std::optional<Sight> Scan::skip_damage() {
    const std::uint64_t from = offset_;
    for (offset_ += record_alignment; offset_ + header_size <= octets_.size(); offset_ += record_alignment) {
        if (!parse_header(octets_.substr(offset_), place(offset_))) continue;
        in_group_ = false;
        return Damaged{from, offset_ - from, std::nullopt};
    }
    offset_ = octets_.size();
    if (!std::exchange(in_group_, false) && !looks_written(octets_.substr(from), segment_, generation_))
        return std::nullopt;
    return Damaged{from, octets_.size() - from, std::nullopt};
}

}  // namespace spool
