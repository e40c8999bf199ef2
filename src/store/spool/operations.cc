#include "spool/operations.h"

namespace spool {
namespace {

constexpr std::uint8_t accept_kind = 1, progress_kind = 2, remove_kind = 3;
enum Flag : std::uint8_t { held_flag = 1, delay_noticed_flag = 2, awaits_release_flag = 4 };  // of a task or a progress
enum MessageFlag : std::uint8_t { blob_flag = 1, bounce_flag = 2 };
enum RecipientFlag : std::uint8_t { own_sender_flag = 0x80, junk_flag = 0x40 };  // beside a recipient's transport
constexpr std::size_t least_recipient = 4;                                       // octets
constexpr std::size_t least_task = 21;

/// Of a Task or a ProgressRecord.
template <typename State>
std::uint8_t flags(const State& state) {
    return static_cast<std::uint8_t>((state.held ? held_flag : 0) | (state.delay_noticed ? delay_noticed_flag : 0) |
                                     (state.awaits_release ? awaits_release_flag : 0));
}

void write(Writer& out, const TaskRecord& record) {
    const Task& task = record.task;
    out.put(task.count);
    out.put(flags(task));
    out.put(task.attempts);
    out.put(task.due);
    out.put(task.pending);
    out.put_text(record.diagnostic);
}

TaskRecord take_task(Reader& in, std::uint32_t first) {
    TaskRecord record;
    Task& task = record.task;
    task.first = first;
    task.count = in.take<std::uint8_t>();
    auto flag_bits = in.take<std::uint8_t>();
    task.held = (flag_bits & held_flag) != 0;
    task.delay_noticed = (flag_bits & delay_noticed_flag) != 0;
    task.awaits_release = (flag_bits & awaits_release_flag) != 0;
    task.attempts = in.take<std::uint16_t>();
    task.due = in.take<std::int64_t>();
    task.pending = in.take<std::uint64_t>();
    record.diagnostic = in.take_text();
    if (task.count == 0 || task.count > most_recipients_of_a_task) in.fail();
    if ((task.pending & ~everybody(task.count)) != 0) in.fail();
    return record;
}

AcceptRecord take_accept(Reader& in) {
    AcceptRecord accept;
    accept.id = in.take<std::uint64_t>();
    accept.size = in.take<std::uint64_t>();
    accept.arrived = in.take<std::int64_t>();
    auto flag_bits = in.take<std::uint8_t>();
    accept.is_blob = (flag_bits & blob_flag) != 0;
    accept.is_bounce = (flag_bits & bounce_flag) != 0;
    accept.body_length = in.take<std::uint32_t>();
    accept.body_crc = in.take<std::uint32_t>();
    accept.recipients = in.take<std::uint32_t>();
    accept.envelope = in.take_text();
    auto count = in.take<std::uint32_t>();
    if (count > in.left() / least_task) in.fail();
    std::uint32_t covered = 0;
    for (std::uint32_t i = 0; in.ok() && i < count; ++i) {
        accept.tasks.push_back(take_task(in, covered));
        covered += accept.tasks.back().task.count;
    }
    if (covered != accept.recipients) in.fail();
    return accept;
}

ProgressRecord take_progress(Reader& in) {
    ProgressRecord progress;
    progress.id = in.take<std::uint64_t>();
    progress.task = in.take<std::uint32_t>();
    progress.done = in.take<std::uint64_t>();
    progress.attempts = in.take<std::uint16_t>();
    progress.due = in.take<std::int64_t>();
    auto flag_bits = in.take<std::uint8_t>();
    progress.held = (flag_bits & held_flag) != 0;
    progress.delay_noticed = (flag_bits & delay_noticed_flag) != 0;
    progress.awaits_release = (flag_bits & awaits_release_flag) != 0;
    progress.diagnostic = in.take_text();
    return progress;
}

Recipient take_recipient(Reader& in) {
    Recipient recipient;
    recipient.smtp.address = in.take_text();
    recipient.smtp.original_recipient = in.take_text();
    recipient.smtp.notify = in.take<std::uint8_t>();
    const auto transport = in.take<std::uint8_t>();
    recipient.transport = static_cast<Transport>(transport & ~(own_sender_flag | junk_flag));
    recipient.is_junk = (transport & junk_flag) != 0;
    if (recipient.transport > Transport::Discard) in.fail();
    if (recipient.transport == Transport::Target) recipient.target = in.take_text();
    if ((transport & own_sender_flag) == 0) return recipient;
    recipient.sender = in.take_text();
    if (recipient.sender.empty()) in.fail();  // only one way to write it
    return recipient;
}

}  // namespace

std::string encode_envelope(const Envelope& envelope) {
    std::string octets;
    Writer out(octets);
    out.put_text(envelope.reverse_path);
    out.put(static_cast<std::uint8_t>(envelope.body));
    out.put(static_cast<std::uint8_t>(envelope.smtputf8));
    out.put(static_cast<std::uint8_t>(envelope.ret));
    out.put_text(envelope.envelope_id);
    out.put(envelope.arrived);
    out.put_text(envelope.origin);
    out.put(static_cast<std::uint32_t>(envelope.recipients.size()));
    for (const Recipient& recipient : envelope.recipients) {
        out.put_text(recipient.smtp.address);
        out.put_text(recipient.smtp.original_recipient);
        out.put(recipient.smtp.notify);
        out.put(static_cast<std::uint8_t>(static_cast<std::uint8_t>(recipient.transport) |
                                          (recipient.sender.empty() ? 0 : own_sender_flag) |
                                          (recipient.is_junk ? junk_flag : 0)));
        if (recipient.transport == Transport::Target) out.put_text(recipient.target);
        if (!recipient.sender.empty()) out.put_text(recipient.sender);
    }
    return octets;
}

std::optional<Envelope> parse_envelope(std::string_view octets) {
    Reader in(octets);
    Envelope envelope;
    envelope.reverse_path = in.take_text();
    envelope.body = static_cast<smtp::BodyType>(in.take<std::uint8_t>());
    auto smtputf8 = in.take<std::uint8_t>();
    envelope.smtputf8 = smtputf8 == 1;
    envelope.ret = static_cast<smtp::Return>(in.take<std::uint8_t>());
    envelope.envelope_id = in.take_text();
    envelope.arrived = in.take<std::int64_t>();
    envelope.origin = in.take_text();
    auto count = in.take<std::uint32_t>();
    if (smtputf8 > 1 || envelope.body > smtp::BodyType::BinaryMime || envelope.ret > smtp::Return::Headers) in.fail();
    if (count > in.left() / least_recipient) in.fail();
    for (std::uint32_t i = 0; in.ok() && i < count; ++i) envelope.recipients.push_back(take_recipient(in));
    if (!in.ok() || !in.at_end()) return std::nullopt;
    return envelope;
}

void write(Writer& out, const AcceptRecord& accept) {
    out.put(accept_kind);
    out.put(accept.id);
    out.put(accept.size);
    out.put(accept.arrived);
    out.put(static_cast<std::uint8_t>((accept.is_blob ? blob_flag : 0) | (accept.is_bounce ? bounce_flag : 0)));
    out.put(accept.body_length);
    out.put(accept.body_crc);
    out.put(accept.recipients);
    out.put_text(accept.envelope);
    out.put(static_cast<std::uint32_t>(accept.tasks.size()));
    for (const TaskRecord& task : accept.tasks) write(out, task);
}

void write(Writer& out, const ProgressRecord& progress) {
    out.put(progress_kind);
    out.put(progress.id);
    out.put(progress.task);
    out.put(progress.done);
    out.put(progress.attempts);
    out.put(progress.due);
    out.put(flags(progress));
    out.put_text(progress.diagnostic);
}

void write(Writer& out, const Remove& remove) {
    out.put(remove_kind);
    out.put(remove.id);
}

std::optional<std::vector<OperationRecord>> parse_operations(std::string_view meta) {
    Reader in(meta);
    std::vector<OperationRecord> operations;
    while (in.ok() && !in.at_end()) {
        switch (in.take<std::uint8_t>()) {
            case accept_kind: operations.emplace_back(take_accept(in)); break;
            case progress_kind: operations.emplace_back(take_progress(in)); break;
            case remove_kind: operations.emplace_back(Remove{in.take<std::uint64_t>()}); break;
            default: in.fail();
        }
    }
    if (!in.ok()) return std::nullopt;
    return operations;
}

std::string encode(const Abort& abort) {
    std::string octets;
    Writer out(octets);
    out.put(abort.segment);
    out.put(abort.first_sequence);
    out.put(abort.last_sequence);
    return octets;
}

std::optional<Abort> parse_abort(std::string_view meta) {
    Reader in(meta);
    Abort abort;
    abort.segment = in.take<std::uint64_t>();
    abort.first_sequence = in.take<std::uint64_t>();
    abort.last_sequence = in.take<std::uint64_t>();
    if (!in.ok() || !in.at_end()) return std::nullopt;
    return abort;
}

}  // namespace spool
