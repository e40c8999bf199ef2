#include "spool/segment_reader.h"

#include <algorithm>

#include "lang/try.h"

namespace spool {

void SegmentReader::forget(std::uint64_t segment) {
    generations_.erase(segment);
    open_.remove_if([&](const Open& open) { return open.segment == segment; });
}

Place SegmentReader::place(const Location& where) const {
    auto known = generations_.find(where.segment);
    return {known == generations_.end() ? 0 : known->second, where.segment, where.offset};
}

file::Result<std::string> SegmentReader::read(const Location& where, std::size_t length) {
    auto open = std::ranges::find(open_, where.segment, &Open::segment);
    if (open == open_.end()) {
        auto file = TRY(disk_.open(segment_path(where.segment), file::Mode::Read));
        open_.push_front({where.segment, std::move(file)});
        if (open_.size() > most_open) open_.pop_back();
    } else {
        open_.splice(open_.begin(), open_, open);
    }
    return open_.front().file->read_at(where.offset, length);
}

std::optional<StoredMessage> find_message(std::string_view record, const Place& place, MessageId id) {
    auto header = parse_header(record, place);
    if (!header) return std::nullopt;
    Sight sight = look_at(record, *header, place);
    auto* whole = std::get_if<Whole>(&sight);
    auto* operations = whole ? std::get_if<std::vector<OperationRecord>>(&whole->content) : nullptr;
    if (!operations) return std::nullopt;
    for (OperationRecord& operation : *operations) {
        auto* accept = std::get_if<AcceptRecord>(&operation);
        if (!accept) continue;
        std::string_view body = whole->bodies.substr(0, accept->body_length);
        if (accept->id == id) return StoredMessage{std::move(*accept), body};
        whole->bodies.remove_prefix(accept->body_length);
    }
    return std::nullopt;
}

std::optional<Envelope> find_envelope(std::string_view front, const Place& place, MessageId id) {
    auto header = parse_header(front, place);
    auto meta = header ? checked_meta(front, *header, place) : std::nullopt;
    auto operations = meta ? parse_operations(*meta) : std::nullopt;
    if (!operations) return std::nullopt;
    for (const OperationRecord& operation : *operations) {
        const auto* accept = std::get_if<AcceptRecord>(&operation);
        if (accept && accept->id == id) return parse_envelope(accept->envelope);
    }
    return std::nullopt;
}

}  // namespace spool
