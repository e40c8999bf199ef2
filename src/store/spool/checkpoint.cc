#include "spool/checkpoint.h"

#include <algorithm>

#include "checksum/crc32c.h"
#include "lang/try.h"

namespace spool {
namespace {

constexpr std::uint8_t head_kind = 1, messages_kind = 2, end_kind = 3;
enum Flag : std::uint8_t { blob_flag = 1, bounce_flag = 2 };
enum TaskFlag : std::uint8_t { held_flag = 1, delay_noticed_flag = 2, awaits_release_flag = 4 };
constexpr std::uint32_t version = 1;
constexpr std::size_t frame = 8;  // length and checksum before each block
constexpr std::size_t least_message = 20;
constexpr std::size_t least_task = 13;

std::uint32_t seed(std::uint64_t spool, std::uint64_t number, std::uint64_t block) {
    std::string octets;
    Writer out(octets);
    out.put(spool);
    out.put(number);
    out.put(block);
    return checksum::crc32c(octets);
}

/// The diagnostics of one block, each once: texts in the order of their first use.
class Texts {
public:
    explicit Texts(const Diagnostics& diagnostics) : diagnostics_(diagnostics) {}

    std::uint64_t place_of(std::uint32_t number) {  // 0: none
        if (number == 0) return 0;
        auto [known, is_new] = places_.try_emplace(number, places_.size() + 1);
        if (is_new) used_.push_back(number);
        return known->second;
    }
    void write(Writer& out) const {
        out.put_varint(used_.size());
        for (std::uint32_t number : used_) out.put_text(diagnostics_.text(number));
    }

private:
    const Diagnostics& diagnostics_;
    std::unordered_map<std::uint32_t, std::uint64_t> places_;
    std::vector<std::uint32_t> used_;
};

void write(Writer& out, const Index::Slot& slot, Texts& texts) {
    const Entry& entry = slot.entry;
    out.put(slot.id);
    out.put_varint(slot.where.segment);
    out.put_varint(slot.where.offset);
    out.put_varint(slot.where.length);
    out.put_varint(slot.where.meta_length);
    out.put(static_cast<std::uint8_t>((slot.is_blob ? blob_flag : 0) | (entry.is_bounce ? bounce_flag : 0)));
    out.put_varint(entry.size);
    out.put(entry.arrived);
    out.put_varint(entry.tasks.size());
    for (const Task& task : entry.tasks) {
        out.put(task.count);
        out.put(static_cast<std::uint8_t>((task.held ? held_flag : 0) | (task.delay_noticed ? delay_noticed_flag : 0) |
                                          (task.awaits_release ? awaits_release_flag : 0)));
        out.put_varint(task.attempts);
        out.put(task.due);
        out.put_varint(task.pending);
        out.put_varint(texts.place_of(task.diagnostic));
    }
}

TaskRecord take_task(Reader& in, const std::vector<std::string_view>& texts) {
    TaskRecord record;
    record.task.count = in.take<std::uint8_t>();
    auto flags = in.take<std::uint8_t>();
    record.task.held = (flags & held_flag) != 0;
    record.task.delay_noticed = (flags & delay_noticed_flag) != 0;
    record.task.awaits_release = (flags & awaits_release_flag) != 0;
    record.task.attempts = in.take_varint_as<std::uint16_t>();
    record.task.due = in.take<std::int64_t>();
    record.task.pending = in.take_varint();
    std::uint64_t text = in.take_varint();
    if (text > texts.size()) in.fail();
    if (in.ok() && text > 0) record.diagnostic = texts[text - 1];
    if (record.task.count == 0 || record.task.count > most_recipients_of_a_task) in.fail();
    if ((record.task.pending & ~everybody(record.task.count)) != 0) in.fail();
    return record;
}

CheckpointMessage take_message(Reader& in, const std::vector<std::string_view>& texts) {
    CheckpointMessage message;
    AcceptRecord& accept = message.accept;
    accept.id = in.take<std::uint64_t>();
    message.where.segment = in.take_varint_as<std::uint32_t>();
    message.where.offset = in.take_varint_as<std::uint32_t>();
    message.where.length = in.take_varint_as<std::uint32_t>();
    message.where.meta_length = in.take_varint_as<std::uint32_t>();
    auto flags = in.take<std::uint8_t>();
    accept.is_blob = (flags & blob_flag) != 0;
    accept.is_bounce = (flags & bounce_flag) != 0;
    accept.size = in.take_varint();
    accept.arrived = in.take<std::int64_t>();
    std::uint64_t tasks = in.take_varint();
    if (tasks > in.left() / least_task || accept.id == 0 || message.where.length == 0) in.fail();
    for (std::uint64_t i = 0; in.ok() && i < tasks; ++i) {
        accept.tasks.push_back(take_task(in, texts));
        accept.tasks.back().task.first = accept.recipients;
        accept.recipients += accept.tasks.back().task.count;
    }
    return message;
}

std::optional<CheckpointHead> parse_head(std::string_view content) {
    Reader in(content);
    CheckpointHead head;
    auto kind = in.take<std::uint8_t>();
    auto written_by = in.take<std::uint32_t>();
    head.spool = in.take<std::uint64_t>();
    head.number = in.take<std::uint64_t>();
    head.start = in.take<std::uint32_t>();
    head.next_segment = in.take<std::uint64_t>();
    head.replay.segment = in.take<std::uint64_t>();
    head.replay.offset = in.take<std::uint64_t>();
    head.replay.sequence = in.take<std::uint64_t>();
    if (!in.ok() || kind != head_kind || written_by != version) return std::nullopt;
    return head;
}

/// The blocks of a file one after another, as long as their checksums match.
class Blocks {
public:
    Blocks(const file::OpenFile& file, std::uint64_t spool, std::uint64_t number)
        : file_(file), spool_(spool), number_(number) {}

    file::Result<std::optional<std::string>> next() {
        std::string front = TRY(file_.read_at(offset_, frame));
        Reader in(front);
        auto length = in.take<std::uint32_t>();
        auto crc = in.take<std::uint32_t>();
        if (!in.ok() || length == 0) return std::nullopt;
        std::string content = TRY(file_.read_at(offset_ + frame, length));
        if (content.size() != length) return std::nullopt;
        if (checksum::crc32c(content, seed(spool_, number_, count_)) != crc) return std::nullopt;
        offset_ += frame + length;
        ++count_;
        return content;
    }
    std::uint64_t count() const { return count_; }

private:
    const file::OpenFile& file_;
    std::uint64_t spool_;
    std::uint64_t number_;
    std::uint64_t offset_ = 0;
    std::uint64_t count_ = 0;
};

}  // namespace

std::string CheckpointBlocks::framed(std::string_view content) {
    std::string block;
    block.reserve(frame + content.size());
    Writer out(block);
    out.put(static_cast<std::uint32_t>(content.size()));
    out.put(checksum::crc32c(content, seed(head_.spool, head_.number, blocks_++)));
    block += content;
    return block;
}

std::string CheckpointBlocks::head() {
    std::string content;
    Writer out(content);
    out.put(head_kind);
    out.put(version);
    out.put(head_.spool);
    out.put(head_.number);
    out.put(head_.start);
    out.put(head_.next_segment);
    out.put(head_.replay.segment);
    out.put(head_.replay.offset);
    out.put(head_.replay.sequence);
    return framed(content);
}

std::string CheckpointBlocks::messages(const Ledger& ledger, std::size_t first, std::size_t count) {
    Texts texts(ledger.diagnostics());
    std::string messages;
    Writer each(messages);
    std::uint64_t found = 0;
    for (std::size_t number = first; number < std::min(first + count, ledger.index().slots()); ++number) {
        const Index::Slot* slot = ledger.index().slot(number);
        if (!slot) continue;
        write(each, *slot, texts);
        ++found;
    }
    std::string content;
    Writer out(content);
    out.put(messages_kind);
    texts.write(out);
    out.put_varint(found);
    content += messages;
    messages_ += found;
    return framed(content);
}

std::string CheckpointBlocks::end() {
    std::string content;
    Writer out(content);
    out.put(end_kind);
    out.put(blocks_);
    out.put(messages_);
    return framed(content);
}

std::optional<std::vector<CheckpointMessage>> parse_checkpoint_messages(std::string_view content) {
    Reader in(content);
    if (in.take<std::uint8_t>() != messages_kind) return std::nullopt;
    std::uint64_t text_count = in.take_varint();
    if (text_count > in.left()) in.fail();
    std::vector<std::string_view> texts;
    for (std::uint64_t i = 0; in.ok() && i < text_count; ++i) texts.push_back(in.take_text());
    std::uint64_t count = in.take_varint();
    if (count > in.left() / least_message) in.fail();
    std::vector<CheckpointMessage> messages;
    for (std::uint64_t i = 0; in.ok() && i < count; ++i) messages.push_back(take_message(in, texts));
    if (!in.ok() || !in.at_end()) return std::nullopt;
    return messages;
}

file::Result<std::optional<CheckpointHead>> read_checkpoint(const file::OpenFile& file, std::uint64_t spool,
                                                            std::uint64_t number,
                                                            const std::function<void(const CheckpointMessage&)>& take) {
    Blocks blocks(file, spool, number);
    auto first = TRY(blocks.next());
    auto head = first ? parse_head(*first) : std::nullopt;
    if (!head || head->spool != spool || head->number != number) return std::nullopt;
    std::uint64_t taken = 0;
    while (auto content = TRY(blocks.next())) {
        if (content->front() == end_kind) {
            Reader in(std::string_view(*content).substr(1));
            bool whole = in.take<std::uint64_t>() + 1 == blocks.count() && in.take<std::uint64_t>() == taken && in.ok();
            return whole ? head : std::nullopt;
        }
        auto messages = parse_checkpoint_messages(*content);
        if (!messages) break;
        for (const CheckpointMessage& message : *messages) take(message);
        taken += messages->size();
    }
    return std::nullopt;
}

}  // namespace spool
