#include "spool/group.h"

#include "lang/try.h"

namespace spool {
namespace {

constexpr char zeros[page_size] = {};

}  // namespace

std::uint64_t Group::end() const {
    std::uint64_t at = offset;
    for (const Draft& draft : drafts) at += draft.size();
    return round_up(at, page_size);
}

Location Group::location(std::size_t number) const {
    std::uint64_t at = offset;
    for (std::size_t i = 0; i < number; ++i) at += drafts[i].size();
    const RecordHeader& header = drafts[number].header;
    return {.segment = static_cast<std::uint32_t>(segment.segment),
            .offset = static_cast<std::uint32_t>(at),
            .length = static_cast<std::uint32_t>(header.length()),
            .meta_length = header.meta_length};
}

// The name is durable before anything is written under it: a record in a file whose name is lost would be lost.
file::Result<void> Group::take_spare(file::Disk& disk) {
    std::string path = segment_path(segment.segment);
    if (auto renamed = disk.rename(spare, path); !renamed) return renamed;
    if (auto synced = disk.sync_directory(std::string(segments_directory)); !synced) return synced;
    file = TRY(disk.open(path, file::Mode::Write));
    return {};
}

// Whole pages, so that the kernel need not read what is about to be overwritten.
file::Result<void> Group::write_octets() {
    std::string first_page;
    std::vector<std::string_view> pieces;
    pieces.reserve(drafts.size() * 3 + 2);
    if (!spare.empty()) pieces.emplace_back(first_page = encode(segment));
    std::uint64_t at = offset;
    for (Draft& draft : drafts) {
        write_header(draft.record, draft.header, {segment.generation, segment.segment, at});
        pieces.emplace_back(draft.record);
        for (const Newcomer& newcomer : draft.newcomers) pieces.emplace_back(newcomer.octets);
        std::uint64_t unaligned = draft.record.size() + draft.header.body_length;
        pieces.emplace_back(zeros, draft.size() - unaligned);
        at += draft.size();
    }
    pieces.emplace_back(zeros, end() - at);
    return file->write_at(spare.empty() ? offset : 0, pieces);
}

file::Result<void> Group::write(file::Disk& disk) {
    if (!spare.empty()) {
        if (auto taken = take_spare(disk); !taken) return taken;
    }
    if (auto written = write_octets(); !written) return written;
    return file->sync_data();
}

}  // namespace spool
