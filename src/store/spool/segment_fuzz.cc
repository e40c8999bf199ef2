#include "spool/segment.h"

#include "fuzz.h"

namespace {

constexpr std::uint64_t segment = 7;
constexpr std::uint32_t generation = 3;

// The walk ends, goes forward, and stays inside.
void walk(std::string_view octets) {
    spool::Scan scan(octets, segment, generation, 0);
    std::uint64_t before = 0;
    while (auto sight = scan.next()) {
        std::uint64_t offset = std::visit([](const auto& any) { return any.offset; }, *sight);
        VERIFY(offset >= before && offset < octets.size());
        before = offset + 1;
        if (const auto* whole = std::get_if<spool::Whole>(&*sight))
            VERIFY(offset + whole->header.length() <= octets.size());
    }
}

}  // namespace

// Octets as they are, and as the operations of a record whose checksums are right, with the rest of the input around
// it.
FUZZ(input) {
    walk(input);
    static_cast<void>(spool::parse_segment_header(input));
    static_cast<void>(spool::infer_segment_header(input, segment));
    std::string_view meta = input.substr(0, input.size() / 2), bodies = input.substr(meta.size());
    spool::RecordHeader header;
    header.ends_group = true;
    header.meta_length = static_cast<std::uint32_t>(meta.size());
    header.body_length = static_cast<std::uint32_t>(bodies.size());
    header.sequence = 1;
    std::string record(spool::header_size, '\0');
    record += meta;
    spool::write_header(record, header, {generation, segment, 0});
    record += bodies;
    auto parsed = spool::parse_header(record, {generation, segment, 0});
    VERIFY(parsed && *parsed == header);
    VERIFY(!spool::parse_header(record, {generation, segment, 8}));
    VERIFY(!spool::parse_header(record, {generation + 1, segment, 0}));
    VERIFY(spool::checked_meta(record, header, {generation, segment, 0}) == meta);
    walk(record);
}
