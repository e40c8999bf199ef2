#include "spool/record.h"

#include <cstring>

#include "checksum/crc32c.h"
#include "lang/verify.h"
#include "spool/octets.h"

namespace spool {
namespace {

constexpr std::uint32_t magic = 0x314a4d48;  // "HMJ1"
constexpr std::uint8_t version = 1;
constexpr std::uint16_t ends_group_flag = 1;
constexpr std::size_t offset_of_meta_crc = 16;
constexpr std::size_t offset_of_header_crc = 60;

std::uint32_t seed(const Place& place) {
    char octets[sizeof place.segment + sizeof place.offset + sizeof place.generation];
    std::memcpy(octets, &place.segment, sizeof place.segment);
    std::memcpy(octets + 8, &place.offset, sizeof place.offset);
    std::memcpy(octets + 16, &place.generation, sizeof place.generation);
    return checksum::crc32c({octets, sizeof octets});
}

std::uint32_t number_at(std::string_view octets, std::size_t offset) {
    std::uint32_t number;
    std::memcpy(&number, octets.data() + offset, sizeof number);
    return number;
}

bool is_known(RecordHeader::Type type) {
    return type == RecordHeader::Type::Transaction || type == RecordHeader::Type::Abort;
}

}  // namespace

void write_header(std::string& record, const RecordHeader& header, const Place& place) {
    VERIFY(record.size() == header_size + header.meta_length);
    const std::uint32_t seeded = seed(place);
    std::string octets;
    octets.reserve(header_size);
    Writer out(octets);
    out.put(magic);
    out.put(version);
    out.put(static_cast<std::uint8_t>(header.type));
    out.put(static_cast<std::uint16_t>(header.ends_group ? ends_group_flag : 0));
    out.put(header.meta_length);
    out.put(header.body_length);
    out.put(checksum::crc32c(std::string_view(record).substr(header_size), seeded));
    out.put(place.generation);
    out.put(place.segment);
    out.put(header.sequence);
    out.put(header.message);
    out.put(header.position);
    out.put(std::uint64_t{0});  // room for later versions
    out.put(checksum::crc32c(octets, seeded));
    VERIFY(octets.size() == header_size);
    record.replace(0, header_size, octets);
}

std::optional<RecordHeader> parse_header(std::string_view octets, const Place& place) {
    if (octets.size() < header_size || number_at(octets, 0) != magic) return std::nullopt;
    std::uint32_t crc = checksum::crc32c(octets.substr(0, offset_of_header_crc), seed(place));
    if (crc != number_at(octets, offset_of_header_crc)) return std::nullopt;
    Reader in(octets.substr(sizeof magic));
    RecordHeader header;
    auto written_by = in.take<std::uint8_t>();
    header.type = static_cast<RecordHeader::Type>(in.take<std::uint8_t>());
    header.ends_group = (in.take<std::uint16_t>() & ends_group_flag) != 0;
    header.meta_length = in.take<std::uint32_t>();
    header.body_length = in.take<std::uint32_t>();
    in.take_octets(sizeof(std::uint32_t) * 2 + sizeof(std::uint64_t));  // checksum of meta; generation and segment
    header.sequence = in.take<std::uint64_t>();
    header.message = in.take<std::uint64_t>();
    header.position = in.take<std::uint32_t>();
    if (written_by != version || !is_known(header.type) || header.position > header.sequence) return std::nullopt;
    return header;
}

std::optional<std::string_view> checked_meta(std::string_view record, const RecordHeader& header, const Place& place) {
    if (record.size() < header_size + std::uint64_t{header.meta_length}) return std::nullopt;
    std::string_view meta = record.substr(header_size, header.meta_length);
    if (checksum::crc32c(meta, seed(place)) != number_at(record, offset_of_meta_crc)) return std::nullopt;
    return meta;
}

std::uint64_t next_offset(std::uint64_t offset, const RecordHeader& header) {
    return round_up(offset + header.length(), header.ends_group ? page_size : record_alignment);
}

}  // namespace spool
