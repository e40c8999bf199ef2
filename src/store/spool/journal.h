#pragma once
// Group commit. While one group of drafts is being written and synced, the next one forms; nobody waits on purpose.
//
// After a failed write or sync nothing is written to that segment again, and the sync is not repeated: the kernel may
// have marked the pages clean that never arrived. The next segment begins with an Abort record for the failed group and
// with its outcomes anew; only when that is durable do the senders of the group hear that it failed, so that what they
// send again cannot appear twice. If that fails too, the journal is broken and writes no more.
//
// When the disk is full, drafts that must succeed may use the reserved spare segments; others are refused. When those
// are used up as well, they wait.

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "spool/group.h"
#include "spool/options.h"
#include "spool/spares.h"

namespace spool {

class Journal {
public:
    /// Called in the order of submission. on_failed may be called from inside submit(), when the disk is full.
    struct Listener {
        std::function<void(Draft& draft, const Location& where)> on_durable;
        std::function<void(Draft& draft, Failure failure)> on_failed;
        std::function<void(std::uint64_t segment)> on_segment;  // this number is used from now on
        std::function<void()> on_group_end;                     // after the callbacks of a group
        std::function<void(std::string)> on_report;
    };

    /// Where the journal goes on: nothing older is written to any more.
    struct Start {
        std::uint64_t spool = 0;
        std::uint32_t generation = 0;
        std::uint64_t next_segment = 1;
        std::uint64_t next_sequence = 1;
    };

    Journal(file::Disk& disk, file::Worker& worker, Spares& spares, const Options& options, const Start& start,
            Listener listener);

    enum class Urgency { Now, WithNext };
    void submit(Draft draft, Urgency urgency);
    void flush();
    /// Writes what was submitted here and now, blocking; for the start. False: something is left.
    bool write_now();

    bool is_broken() const { return broken_; }
    /// Whether a new message would be refused because the disk is full.
    bool is_full() const;

    /// Where a replay must begin to see everything that is not durable yet.
    struct Position {
        std::uint64_t segment = 0;
        std::uint64_t offset = 0;
        std::uint64_t sequence = 0;
    };
    Position position() const;
    std::uint64_t written() const { return written_; }  // octets, since the start
    std::uint64_t last_ticket() const { return last_ticket_; }
    /// Everything submitted is on disk, or was answered otherwise.
    bool is_idle() const { return pending_.empty() && !in_flight_ && casualties_.empty(); }
    /// No segment can be had at the moment, and nobody is making one: flush() tries again.
    bool is_stalled() const;
    /// Everything up to this ticket is durable, or has failed for good.
    bool is_settled(std::uint64_t ticket) const;
    std::uint64_t failures() const { return failures_; }

private:
    void start();
    bool make_room();
    bool fits() const;
    void refuse(Failure failure, bool everything);
    void open_next_segment();
    std::shared_ptr<Group> assemble();
    void finish(const std::shared_ptr<Group>& group, const file::Result<void>& result);
    void succeed(Group& group);
    void fail(Group& group, const file::Error& error);
    void break_down(Group& group);

    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // owners: this, and jobs under way
    file::Disk& disk_;
    file::Worker& worker_;
    Spares& spares_;
    Options options_;
    Listener listener_;

    SegmentHeader segment_;  // the one in use
    std::shared_ptr<file::OpenFile> file_;
    std::string spare_;  // taken for segment_, whose first group is not durable yet
    std::uint64_t offset_ = page_size;
    bool has_segment_ = false;
    std::uint64_t next_segment_;
    std::uint64_t next_sequence_;

    std::deque<Draft> pending_;
    std::shared_ptr<Group> in_flight_;
    std::vector<Draft> casualties_;  // of a failed group, until its Abort is durable
    std::uint64_t last_ticket_ = 0;
    std::uint64_t written_ = 0;
    std::uint64_t failures_ = 0;
    bool urgent_ = false;
    bool failing_ = false;  // an Abort is on its way
    bool broken_ = false;
    bool is_held_ = false;  // no group starts: write_now() runs, or callbacks that may submit more for the next one
};

}  // namespace spool
