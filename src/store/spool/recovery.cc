#include "spool/recovery.h"

#include <fmt/format.h>

#include <algorithm>
#include <ranges>

#include "lang/try.h"
#include "spool/replay.h"

namespace spool {
namespace {

class Recovery {
public:
    Recovery(file::Disk& disk, const Layout& layout, Ledger& ledger, const Report& report)
        : disk_(disk), layout_(layout), ledger_(ledger), report_(report) {}

    Opened<Recovered> run();

private:
    struct Segment {
        SegmentHeader header;
        std::uint64_t limit = std::uint64_t(-1);  // sequence numbers that a later segment uses again
    };

    Opened<void> load_checkpoint();
    file::Result<bool> try_checkpoint(std::uint64_t number);
    file::Result<std::string> read(std::uint64_t segment, std::uint64_t offset, std::uint64_t length);
    file::Result<std::optional<SegmentHeader>> header_of(std::uint64_t segment);
    Opened<void> survey();
    file::Result<std::vector<Abort>> aborts();
    file::Result<void> replay(Replay& replay);
    void judge(const Replay& replay);
    void judge(const Replay::Loss& loss);
    void set_aside(std::uint64_t checkpoint);
    void choose_numbers(const Replay& replay);
    void damaged(std::string text) {
        recovered_.found_damage = true;
        report_(std::move(text));
    }
    void lost(std::string text) {
        recovered_.may_miss_messages = true;
        damaged(std::move(text));
    }

    file::Disk& disk_;
    const Layout& layout_;
    Ledger& ledger_;
    const Report& report_;
    Recovered recovered_;
    std::optional<CheckpointHead> checkpoint_;
    std::map<std::uint64_t, Segment> segments_;
    MessageId highest_id_ = 0;
};

file::Result<bool> Recovery::try_checkpoint(std::uint64_t number) {
    auto file = TRY(disk_.open(checkpoint_path(number), file::Mode::Read));
    Ledger ledger;
    MessageId highest = 0;
    checkpoint_ = TRY(read_checkpoint(*file, layout_.spool, number, [&](const CheckpointMessage& message) {
        highest = std::max(highest, message.accept.id);
        ledger.accept(message.accept, message.where);
    }));
    if (!checkpoint_) return false;
    ledger_ = std::move(ledger);
    highest_id_ = highest;
    return true;
}

void Recovery::set_aside(std::uint64_t checkpoint) {
    std::string path = checkpoint_path(checkpoint);
    damaged(path + " is damaged; it is put into quarantine");
    static_cast<void>(disk_.rename(path, fmt::format("{}/{}", quarantine_directory, path)));
}

Opened<void> Recovery::load_checkpoint() {
    std::vector<std::uint64_t> candidates = layout_.checkpoints;
    if (!candidates.empty()) recovered_.next_checkpoint = candidates.back() + 1;
    while (!candidates.empty()) {
        auto loaded = try_checkpoint(candidates.back());
        if (!loaded) return refused(loaded.error());
        if (*loaded) break;
        set_aside(candidates.back());
        candidates.pop_back();
    }
    recovered_.checkpoints = candidates;
    bool is_needed = !layout_.segments.empty() && layout_.segments.front() > 1;
    if (candidates.empty() && is_needed)
        lost("there is no readable checkpoint; messages that were delivered already may be delivered again");
    return {};
}

file::Result<std::string> Recovery::read(std::uint64_t segment, std::uint64_t offset, std::uint64_t length) {
    auto file = TRY(disk_.open(segment_path(segment), file::Mode::Read));
    return file->read_at(offset, length);
}

/// nullopt: nothing was ever written to it under this number.
file::Result<std::optional<SegmentHeader>> Recovery::header_of(std::uint64_t segment) {
    std::string page = TRY(read(segment, 0, page_size));
    auto header = parse_segment_header(page);
    if (header && header->segment == segment) return header;
    auto inferred = infer_segment_header(TRY(read(segment, 0, std::uint64_t(-1) >> 1)), segment);
    if (inferred) {
        inferred->spool = layout_.spool;
        damaged(fmt::format("the first page of segment {} is damaged; its records are readable", segment));
    }
    return inferred;
}

Opened<void> Recovery::survey() {
    for (std::uint64_t segment : layout_.segments) {
        auto header = header_of(segment);
        if (!header) return refused(header.error());
        if (!*header) continue;
        if ((*header)->spool != layout_.spool)
            return std::unexpected(
                Refusal{Refusal::Reason::Foreign, segment_path(segment) + " belongs to another spool; move it away"});
        segments_[segment].header = **header;
        recovered_.generations[segment] = (*header)->generation;
    }
    std::uint64_t limit = std::uint64_t(-1);
    for (auto& [number, segment] : segments_ | std::views::reverse) {
        segment.limit = limit;
        limit = std::min(limit, segment.header.first_sequence);
    }
    return {};
}

/// Aborts are the first records of the segment after the one that failed; they must be known before that one is read.
file::Result<std::vector<Abort>> Recovery::aborts() {
    std::vector<Abort> aborts;
    for (const auto& [number, segment] : segments_) {
        std::string octets = TRY(read(number, 0, 2 * page_size));
        Scan scan(octets, number, segment.header.generation, page_size);
        while (auto sight = scan.next()) {
            const auto* whole = std::get_if<Whole>(&*sight);
            const auto* abort = whole ? std::get_if<Abort>(&whole->content) : nullptr;
            if (!abort) break;
            aborts.push_back(*abort);
        }
    }
    return aborts;
}

file::Result<void> Recovery::replay(Replay& replay) {
    for (const auto& [number, segment] : segments_) {
        std::uint64_t offset = page_size;
        if (checkpoint_ && number < checkpoint_->replay.segment) continue;
        if (checkpoint_ && number == checkpoint_->replay.segment) offset = checkpoint_->replay.offset;
        std::string octets = TRY(read(number, 0, std::uint64_t(-1) >> 1));
        replay.read(octets, segment.header, offset, segment.limit);
    }
    return {};
}

void Recovery::judge(const Replay::Loss& loss) {
    // Where the header is readable, either the crash cut the record off or its octets went bad since.
    const bool may_be_whole_once = !loss.is_unfinished || loss.records > 0;
    std::string kept;
    if (may_be_whole_once && !loss.octets.empty()) {
        kept = fmt::format("{:016x}-{:08x}", loss.segment, loss.offset);
        quarantine(disk_, kept, loss.octets);
        kept = "; what is left is quarantine/" + kept;
    }
    recovered_.may_miss_messages |= may_be_whole_once;
    if (loss.is_unfinished)
        return damaged(
            "the journal ends with an unfinished write, as after a power cut; it was acknowledged to nobody" + kept);
    damaged(fmt::format("{} record(s) of the journal from number {} on are damaged or missing{}{}", loss.records,
                        loss.sequence, loss.message ? ", with message " + to_text(loss.message) : std::string(), kept));
}

void Recovery::judge(const Replay& replay) {
    for (const Replay::Loss& loss : replay.losses()) judge(loss);
    for (std::uint64_t segment : layout_.segments) {
        Live live = ledger_.live(static_cast<std::uint32_t>(segment));
        if (live.messages > 0 && !segments_.contains(segment))
            lost(fmt::format("segment {} is unreadable, with {} message(s)", segment, live.messages));
    }
}

/// Numbers that nothing on this disk has used, even if the file that counts the starts is damaged.
void Recovery::choose_numbers(const Replay& replay) {
    constexpr unsigned start_shift = 40;  // of a message id: see JournalSpool::next_id()
    std::uint32_t before = std::max({layout_.start, checkpoint_ ? checkpoint_->start : 0u,
                                     static_cast<std::uint32_t>(highest_id_ >> start_shift),
                                     static_cast<std::uint32_t>(replay.highest_id() >> start_shift)});
    for (const auto& [segment, generation] : recovered_.generations) before = std::max(before, generation);
    recovered_.start = before + 1;
    recovered_.next_segment = std::max(checkpoint_ ? checkpoint_->next_segment : 1,
                                       layout_.segments.empty() ? 1 : layout_.segments.back() + 1);
    recovered_.next_sequence = std::max<std::uint64_t>(replay.next_sequence(), 1);
    recovered_.segments = layout_.segments;
}

Opened<Recovered> Recovery::run() {
    if (auto loaded = load_checkpoint(); !loaded) return std::unexpected(loaded.error());
    if (auto surveyed = survey(); !surveyed) return std::unexpected(surveyed.error());
    auto found = aborts();
    if (!found) return refused(found.error());
    Replay replaying(ledger_, std::move(*found), checkpoint_ ? checkpoint_->replay.sequence : 0);
    if (auto replayed = replay(replaying); !replayed) return refused(replayed.error());
    judge(replaying);
    choose_numbers(replaying);
    recovered_.unconfirmed = replaying.unconfirmed();
    return std::move(recovered_);
}

}  // namespace

Opened<Recovered> recover(file::Disk& disk, const Layout& layout, Ledger& ledger, const Report& report) {
    return Recovery(disk, layout, ledger, report).run();
}

}  // namespace spool
