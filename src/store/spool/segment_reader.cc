#include "spool/segment_reader.h"

#include <algorithm>
#include <cerrno>

#include "checksum/crc32c.h"
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

file::Result<file::OpenFile*> SegmentReader::open(std::uint64_t segment) {
    auto open = std::ranges::find(open_, segment, &Open::segment);
    if (open == open_.end()) {
        auto file = TRY(disk_.open(segment_path(segment), file::Mode::Read));
        open_.push_front({segment, std::move(file)});
        if (open_.size() > most_open) open_.pop_back();
    } else {
        open_.splice(open_.begin(), open_, open);
    }
    return open_.front().file.get();
}

file::Result<std::string> SegmentReader::read(const Location& where, std::size_t length) {
    return TRY(open(where.segment))->read_at(where.offset, length);
}

file::Result<StoredMessage> SegmentReader::read_message(const Location& where, MessageId id) {
    return spool::read_message(*TRY(open(where.segment)), place(where), where, id);
}

namespace {

/// The message among the operations, and where in the record its body begins.
std::optional<std::pair<AcceptRecord, std::uint64_t>> find_accept(std::string_view front, const Place& place,
                                                                  MessageId id) {
    auto header = parse_header(front, place);
    auto meta = header ? checked_meta(front, *header, place) : std::nullopt;
    auto operations = meta ? parse_operations(*meta) : std::nullopt;
    if (!operations) return std::nullopt;
    std::uint64_t body = header_size + meta->size();
    for (OperationRecord& operation : *operations) {
        auto* accept = std::get_if<AcceptRecord>(&operation);
        if (accept && accept->id == id) return std::pair{std::move(*accept), body};
        if (accept) body += accept->body_length;
    }
    return std::nullopt;
}

}  // namespace

file::Result<StoredMessage> read_message(const file::OpenFile& segment, const Place& place, const Location& where,
                                         MessageId id) {
    const std::unexpected damaged(file::Error{EBADMSG, "read message", to_text(id)});
    StoredMessage message;
    message.front =
        std::make_shared<const std::string>(TRY(segment.read_at(where.offset, header_size + where.meta_length)));
    auto found = find_accept(*message.front, place, id);
    if (!found) return damaged;
    message.accept = std::move(found->first);
    if (message.accept.is_blob) return message;
    message.body = TRY(segment.read_at(where.offset + found->second, message.accept.body_length));
    const bool is_whole =
        message.body.size() == message.accept.body_length && checksum::crc32c(message.body) == message.accept.body_crc;
    if (!is_whole) return damaged;
    return message;
}

std::optional<Envelope> find_envelope(std::string_view front, const Place& place, MessageId id) {
    auto found = find_accept(front, place, id);
    return found ? parse_envelope(found->first.envelope) : std::nullopt;
}

}  // namespace spool
