#include "spool/draft.h"

#include "checksum/crc32c.h"

namespace spool {

void Drafter::concern(MessageId id) {
    if (draft_.header.message == 0) draft_.header.message = id;
}

void Drafter::add(Newcomer newcomer) {
    AcceptRecord& accept = newcomer.accept;
    if (!accept.is_blob) {
        accept.body_length = static_cast<std::uint32_t>(newcomer.octets.size());
        accept.body_crc = checksum::crc32c(newcomer.octets);
    }
    concern(accept.id);
    Writer out(draft_.record);
    write(out, accept);
    accept.envelope = {};
    for (TaskRecord& task : accept.tasks) task.diagnostic = {};
    draft_.header.body_length += accept.body_length;
    draft_.newcomers.push_back(std::move(newcomer));
}

void Drafter::add(const ProgressRecord& progress) {
    concern(progress.id);
    Writer out(draft_.record);
    write(out, progress);
    draft_.must_succeed = true;
}

void Drafter::add(const Remove& remove) {
    concern(remove.id);
    Writer out(draft_.record);
    write(out, remove);
    draft_.must_succeed = true;
}

Draft Drafter::finish() {
    draft_.header.meta_length = static_cast<std::uint32_t>(draft_.record.size() - header_size);
    return std::move(draft_);
}

Draft draft_of(const Abort& abort) {
    Draft draft;
    draft.header.type = RecordHeader::Type::Abort;
    draft.record.assign(header_size, '\0');
    draft.record += encode(abort);
    draft.header.meta_length = static_cast<std::uint32_t>(draft.record.size() - header_size);
    draft.must_succeed = true;
    return draft;
}

}  // namespace spool
