// What a journal spool answers: from memory, and from the disk.

#include <fmt/format.h>

#include <cerrno>

#include "lang/try.h"
#include "spool/journal_spool.h"

namespace spool {

const Entry* JournalSpool::entry(MessageId id) const {
    const Index::Slot* slot = ledger_.index().find(id);
    return slot ? &slot->entry : nullptr;
}

Entry* JournalSpool::mutable_entry(MessageId id) {
    Index::Slot* slot = ledger_.find(id);
    return slot ? &slot->entry : nullptr;
}

void JournalSpool::for_each(const std::function<void(MessageId, const Entry&)>& visit) const {
    const Index& index = ledger_.index();
    for (std::size_t number = 0; number < index.slots(); ++number)
        if (const Index::Slot* slot = index.slot(number)) visit(slot->id, slot->entry);
}

std::unexpected<file::Error> JournalSpool::absent(MessageId id) const {
    return std::unexpected(file::Error{ENOENT, "find message", to_text(id)});
}

file::Result<Stored> JournalSpool::load(MessageId id) {
    const Index::Slot* slot = ledger_.find(id);
    if (!slot) return absent(id);
    if (const Recent::Message* recent = recent_.find(id)) return Stored{recent->envelope, recent->octets, nullptr};
    auto stored = load_from_disk(*slot);
    if (!stored && (stored.error().number == EBADMSG || stored.error().is_absent())) return set_aside(id);
    return stored;
}

file::Result<Stored> JournalSpool::load_from_disk(const Index::Slot& slot) {
    StoredMessage found = TRY(segments_.read_message(slot.where, slot.id));
    auto envelope = parse_envelope(found.accept.envelope);
    if (!envelope || envelope->recipients.size() != found.accept.recipients)
        return std::unexpected(file::Error{EBADMSG, "read message", to_text(slot.id)});
    Stored stored{std::move(*envelope), std::move(found.body), nullptr};
    if (slot.is_blob) stored.blob = TRY(blobs_.open_for_reading(slot.id, found.accept.size, found.accept.body_crc));
    return stored;
}

file::Result<Envelope> JournalSpool::load_envelope(MessageId id) {
    const Index::Slot* slot = ledger_.find(id);
    if (!slot) return absent(id);
    if (const Recent::Message* recent = recent_.find(id)) return recent->envelope;
    auto front = segments_.read(slot->where, header_size + slot->where.meta_length);
    if (!front && !front.error().is_absent()) return std::unexpected(front.error());
    auto envelope = front ? find_envelope(*front, segments_.place(slot->where), id) : std::nullopt;
    if (!envelope) return set_aside(id);
    return std::move(*envelope);
}

void JournalSpool::set_body_aside(MessageId id) {
    static_cast<void>(
        around_.disk.rename(blob_path(id), fmt::format("{}/message-{}-body", quarantine_directory, to_text(id))));
}

/// A message that cannot be read leaves the queue; what is left of it is kept for people to look at.
std::unexpected<file::Error> JournalSpool::set_aside(MessageId id) {
    const Index::Slot& slot = *ledger_.find(id);
    const std::string name = "message-" + to_text(id);
    if (auto record = segments_.read(slot.where, slot.where.length)) quarantine(around_.disk, name, *record);
    if (slot.is_blob) set_body_aside(id);
    around_.on_report("message " + to_text(id) + " is damaged and taken out of the queue; see quarantine/" + name);
    submit({Remove{id}}, nullptr);
    return std::unexpected(file::Error{EBADMSG, "read message", to_text(id)});
}

}  // namespace spool
