#pragma once
// Segments that wait to be used: written with zeros, or used before and dead.
//
// Three are kept ready where the disk has room: one for whatever comes, and two that only outcomes may take, so that
// mail can still leave when the disk is full. Two, because what outcomes fill is dead as soon as two checkpoints have
// passed; in the meantime the other one is used.

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "clocks/clock.h"
#include "file/disk.h"
#include "spool/options.h"

namespace spool {

class Spares {
public:
    Spares(file::Disk& disk, file::Worker& background, const clocks::Clock& clock, const Options& options)
        : disk_(disk), background_(background), clock_(clock), options_(options) {}

    /// A spare was made, or could not be made.
    std::function<void()> on_change;
    /// What a person should know; a full disk is not among it.
    std::function<void(std::string)> on_report;

    /// A spare that is on the disk already.
    void adopt(std::uint64_t number);
    std::size_t count() const { return ready_.size(); }
    static constexpr std::size_t reserved = 2;
    static constexpr std::size_t wanted = reserved + 1;
    /// One is on its way, and likely to come. Not while one that failed is tried again: a disk may be full whatever it
    /// says of its free space.
    bool is_making() const { return is_making_ && !failed_at_; }
    /// The path of a spare, which is the caller's from now on. There is one.
    std::string take();
    /// Makes spares in the background until there are enough; after a failure not before a second has passed.
    void replenish();
    /// Makes one now that has room for so much, from what is otherwise kept free; blocks. For the start, whose one
    /// large record may be longer than a segment is.
    file::Result<void> make_one(std::uint64_t at_least);
    /// A segment that is dead becomes a spare, or goes where there are enough.
    void recycle(std::uint64_t segment);

private:
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // owners: this, and jobs under way
    file::Disk& disk_;
    file::Worker& background_;
    const clocks::Clock& clock_;
    Options options_;
    std::deque<std::uint64_t> ready_;
    std::uint64_t next_number_ = 0;
    std::size_t recycling_ = 0;
    bool is_making_ = false;
    std::optional<clocks::Steady> failed_at_;
};

}  // namespace spool
