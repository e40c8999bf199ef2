#pragma once
// Takes checkpoints while the server runs: a slice of the ledger at a time, written in the background.
//
// The file counts only after everything is durable that its slices may already show: an outcome may be in a slice
// before its record is in the journal, and the bounce that belongs to it is not in any slice at all.

#include <functional>
#include <memory>

#include "spool/checkpoint.h"

namespace spool {

class Checkpointer {
public:
    struct Listener {
        /// Each message as its slice is taken: for those who want to look at all of them without a walk of their own.
        std::function<void(const Index::Slot&)> on_slot;
        /// The last slice is taken; whatever is not alive now will not be missed once this checkpoint counts.
        std::function<void(const Journal::Position& replay)> on_walked;
        std::function<void(bool succeeded)> on_done;
        std::function<void(std::string)> on_report;
    };

    Checkpointer(file::Disk& disk, file::Worker& background, Journal& journal, const Ledger& ledger,
                 const Options& options, Listener listener);

    /// Checkpoints found at start, ascending; `next` is the number of the one to come.
    void adopt(std::vector<std::uint64_t> kept, std::uint64_t next);
    void begin(std::uint64_t spool, std::uint32_t start);
    bool is_running() const { return run_ != nullptr; }
    /// To be called when a group of the journal has ended.
    void continue_if_settled();
    std::uint64_t last_size() const { return last_size_; }

private:
    struct Run;
    void write(std::string block);
    void take_slice();
    void finish();
    void end(const file::Result<void>& result);
    bool is_spoiled() const;
    template <typename Job, typename Then>
    void in_background(Job job, Then then);

    file::Disk& disk_;
    file::Worker& background_;
    Journal& journal_;
    const Ledger& ledger_;
    Options options_;
    Listener listener_;
    std::shared_ptr<Run> run_;  // shared with the job under way
    std::vector<std::uint64_t> kept_;
    std::uint64_t next_ = 1;
    std::uint64_t last_size_ = 0;
};

}  // namespace spool
