#include "spool/checkpointer.h"

#include <cerrno>

#include "lang/try.h"
#include "spool/layout.h"

namespace spool {
namespace {

constexpr std::size_t kept_checkpoints = 2;
const std::string half_made = "checkpoint.new";

}  // namespace

struct Checkpointer::Run {
    Run(const CheckpointHead& head) : replay(head.replay), blocks(head) {}

    Journal::Position replay;
    CheckpointBlocks blocks;
    std::unique_ptr<file::OpenFile> file;
    file::Result<void> result;
    std::uint64_t size = 0;
    std::size_t next_slot = 0;
    std::uint64_t failures_before = 0;
    std::optional<std::uint64_t> waits_for;  // a ticket of the journal

    void append(const std::string& block) {
        if (result) result = file->write_at(size, block);
        size += block.size();
    }
};

Checkpointer::Checkpointer(file::Disk& disk, file::Worker& background, Journal& journal, const Ledger& ledger,
                           const Options& options, Listener listener)
    : disk_(disk),
      background_(background),
      journal_(journal),
      ledger_(ledger),
      options_(options),
      listener_(std::move(listener)) {}

void Checkpointer::adopt(std::vector<std::uint64_t> kept, std::uint64_t next) {
    kept_ = std::move(kept);
    next_ = next;
}

template <typename Job, typename Then>
void Checkpointer::in_background(Job job, Then then) {
    background_.run([run = run_, job = std::move(job)] { job(*run); },
                    [run = std::weak_ptr(run_), then] {
                        if (!run.expired()) then();
                    });
}

void Checkpointer::begin(std::uint64_t spool, std::uint32_t start) {
    Journal::Position position = journal_.position();
    CheckpointHead head{spool, next_, start, position.segment + 1, position};
    run_ = std::make_shared<Run>(head);
    run_->failures_before = journal_.failures();
    in_background(
        [&disk = disk_, block = run_->blocks.head()](Run& run) {
            static_cast<void>(disk.unlink(half_made));
            auto file = disk.open(half_made, file::Mode::CreateNew);
            if (!file) {
                run.result = std::unexpected(file.error());
                return;
            }
            run.file = std::move(*file);
            run.append(block);
        },
        [this] { take_slice(); });
}

/// After a failed sync the journal is not what the slices taken before say it will be.
bool Checkpointer::is_spoiled() const { return journal_.is_broken() || journal_.failures() != run_->failures_before; }

void Checkpointer::take_slice() {
    if (!run_->result || is_spoiled()) return end(run_->result);
    const std::size_t first = run_->next_slot;
    if (first >= ledger_.index().slots()) {
        run_->waits_for = journal_.last_ticket();
        listener_.on_walked(run_->replay);
        journal_.flush();
        return continue_if_settled();
    }
    run_->next_slot += options_.slice;
    for (std::size_t number = first; number < std::min(run_->next_slot, ledger_.index().slots()); ++number)
        if (const Index::Slot* slot = ledger_.index().slot(number)) listener_.on_slot(*slot);
    in_background([block = run_->blocks.messages(ledger_, first, options_.slice)](Run& run) { run.append(block); },
                  [this] { take_slice(); });
}

void Checkpointer::continue_if_settled() {
    if (!run_ || !run_->waits_for) return;
    if (is_spoiled()) return end({});
    if (!journal_.is_settled(*run_->waits_for)) return;
    run_->waits_for.reset();
    finish();
}

void Checkpointer::finish() {
    in_background(
        [&disk = disk_, block = run_->blocks.end(), path = checkpoint_path(next_)](Run& run) {
            run.append(block);
            if (run.result) run.result = run.file->sync_data();
            if (run.result) run.result = disk.rename(half_made, path);
            if (run.result) run.result = disk.sync_directory(".");
        },
        [this] {
            if (run_->result) {
                kept_.push_back(next_++);
                last_size_ = run_->size;
            }
            end(run_->result);
        });
}

void Checkpointer::end(const file::Result<void>& result) {
    const bool is_spoilt = is_spoiled() || !result;
    // A full disk: the older of two checkpoints gives its room to the next attempt.
    const bool is_short_of_room = !result && result.error().is_full();
    if (!result && !is_short_of_room) listener_.on_report("cannot write a checkpoint: " + to_text(result.error()));
    std::vector<std::string> old;
    while (kept_.size() > kept_checkpoints - (is_short_of_room ? 1 : 0)) {
        old.push_back(checkpoint_path(kept_.front()));
        kept_.erase(kept_.begin());
    }
    background_.run(
        [&disk = disk_, old = std::move(old), is_spoilt] {
            for (const std::string& path : old) static_cast<void>(disk.unlink(path));
            if (is_spoilt) static_cast<void>(disk.unlink(half_made));
        },
        [] {});
    run_.reset();
    listener_.on_done(!is_spoilt);
}

}  // namespace spool
