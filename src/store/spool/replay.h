#pragma once
// The journal since a checkpoint, applied to the ledger, segment by segment.

#include <optional>
#include <string>
#include <vector>

#include "spool/draft.h"
#include "spool/ledger.h"
#include "spool/recovery.h"
#include "spool/segment.h"

namespace spool {

class Replay {
public:
    /// `expected`: the sequence number of the first record; 0 where that is not known.
    Replay(Ledger& ledger, std::vector<Abort> aborts, std::uint64_t expected)
        : ledger_(ledger), aborts_(std::move(aborts)), next_sequence_(expected) {}

    /// Segments in ascending order. Sequence numbers from `limit` on were used again by a later segment, after a crash
    /// that lost this segment's end.
    void read(std::string_view octets, const SegmentHeader& segment, std::uint64_t offset, std::uint64_t limit);

    /// Octets that should have been records and are not.
    struct Loss {
        std::uint64_t segment = 0;
        std::uint64_t offset = 0;
        std::uint64_t sequence = 0;  // of the first record lost
        std::uint64_t records = 0;   // how many; 0: not known
        MessageId message = 0;       // 0: not known
        std::string octets;
        std::uint64_t first_of_group = 0;
        bool is_unfinished = false;  // the last write, cut off by a crash
    };
    /// After the last segment: only then it is known what was the last write.
    std::vector<Loss> losses() const;
    std::uint64_t next_sequence() const { return next_sequence_; }
    MessageId highest_id() const { return highest_id_; }
    std::vector<Draft> unconfirmed() const;

private:
    /// A whole record of the last group of a segment, kept to be stated anew.
    struct Kept {
        std::string octets;
        RecordHeader header;
        Place place;
    };

    bool is_aborted(std::uint64_t segment, std::uint64_t sequence) const;
    bool were_aborted(std::uint64_t from, std::uint64_t to) const;
    void see(const Damaged& damaged, std::uint64_t segment, std::string_view octets, std::uint64_t limit);
    bool see(const Whole& whole, std::uint64_t segment, std::uint64_t limit);
    void note_gap_before(std::uint64_t sequence);
    void apply(const Whole& whole, const Location& where);
    void restate(Drafter& drafter, const Whole& whole, const Location& where) const;
    void restate(Drafter& drafter, const AcceptRecord& accept, std::string_view body, const Location& where) const;

    Ledger& ledger_;
    std::vector<Abort> aborts_;
    std::uint64_t next_sequence_;
    std::uint64_t last_group_ = 0;  // sequence number of the first record of the last group that is readable
    MessageId highest_id_ = 0;
    std::vector<Loss> losses_;
    std::optional<Loss> unreadable_;              // octets since the last whole record that may hide others
    std::vector<std::vector<Kept>> last_groups_;  // of the last two segments that hold records
};

}  // namespace spool
