#pragma once
// A transaction on its way to the disk, already in the octets of its record.

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "spool/index.h"
#include "spool/operations.h"
#include "spool/record.h"

namespace spool {

/// A message that a draft brings. Its body stays in the string it came in, from the sender to the disk and on into the
/// memory of recent messages; nothing copies it.
struct Newcomer {
    AcceptRecord accept;                 // without envelope and diagnostics, which point nowhere by now
    Envelope envelope;                   // for the memory of recent messages; no recipients: not for it
    std::string octets;                  // empty for a blob
    std::optional<Location> moved_from;  // it is here already, and only moves
};

struct Draft {
    RecordHeader header;  // sequence and position are set when it is written
    std::string record;   // room for the header, then the operations
    std::vector<Newcomer> newcomers;
    std::vector<MessageId> ended_blobs;  // whose files may go once this is durable
    bool must_succeed =
        false;  // carries outcomes: written anew after a failure, and from the reserve when the disk is full
    std::uint64_t ticket = 0;  // order of submission
    std::move_only_function<void(Outcome)> done;

    std::uint64_t size() const { return round_up(record.size() + header.body_length, record_alignment); }
};

/// Builds a draft operation by operation.
class Drafter {
public:
    Drafter() { draft_.record.assign(header_size, '\0'); }

    /// `newcomer.accept` with everything but the body's length and checksum, which are set here for an inline body.
    void add(Newcomer newcomer);
    void add(const ProgressRecord& progress);
    void add(const Remove& remove);
    void end_blob(MessageId id) { draft_.ended_blobs.push_back(id); }

    bool is_empty() const { return draft_.record.size() == header_size; }
    Draft finish();

private:
    void concern(MessageId id);

    Draft draft_;
};

Draft draft_of(const Abort& abort);

}  // namespace spool
