#pragma once
// The spool: every message Hermod has accepted and not yet finished with, and how far each recipient is.
//
// An interface, because the journal on one machine (journal_spool.h) is the first implementation and replicated ones
// follow. The contract, which the simulator checks: what submit() reported as durable survives any crash; what it did
// not report may survive or not, but never in part. All operations of one Transaction are durable together or not at
// all; that is how a bounce and the failure it reports become one event.
//
// Single-threaded: all calls and all callbacks on the event loop.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "clocks/clock.h"
#include "file/disk.h"
#include "smtp/envelope.h"
#include "smtp/reply.h"

namespace spool {

/// The queue id. Unique on this machine for ever: 24 bits for the start of the spool, 40 for the message.
using MessageId = std::uint64_t;
std::string to_text(MessageId id);                                 // 13 characters of Crockford's base32, upper case
std::optional<MessageId> parse_message_id(std::string_view text);  // case-blind

/// How a recipient leaves. The destination within is worked out when it is scheduled, because routes may change while
/// mail waits.
enum class Transport : std::uint8_t {
    Local,    // into a mailbox here, as its owner wants it
    Relay,    // by SMTP or LMTP
    Target,   // to the program, file or folder that an alias here names
    Mailbox,  // into the mailbox itself, whatever its owner wants: how a circle ends
    Discard,  // nowhere: what it was sent for was done before it was kept
};

struct Recipient {
    smtp::Recipient smtp;
    Transport transport = Transport::Relay;
    std::string target = {};  // of Target: as a file of aliases has it
    std::string sender = {};  // the reverse-path of what goes there; empty: the message's own
    bool is_junk = false;     // into the junk folder of his mailbox
    std::string asked = {};   // who was asked for, where that was somebody else. Not kept once the message is accepted
    bool operator==(const Recipient&) const = default;
};
constexpr auto fields(const Recipient*) {
    return std::tuple{&Recipient::smtp,   &Recipient::transport, &Recipient::target,
                      &Recipient::sender, &Recipient::is_junk,   &Recipient::asked};
}

/// What is kept of a message beside its octets. Recipients are in the order in which Tasks (below) cover them.
struct Envelope {
    std::string reverse_path;
    std::vector<Recipient> recipients;
    smtp::BodyType body = smtp::BodyType::SevenBit;
    bool smtputf8 = false;
    smtp::Return ret = smtp::Return::Unspecified;
    std::string envelope_id;
    std::int64_t arrived =
        0;               // milliseconds since 1970; of what is released later: that time, its patience counts from
    std::string origin;  // who brought it, for people: "192.0.2.1 (HELO mx.example.net)", "uid 1000", "bounce"
    bool operator==(const Envelope&) const = default;
};
constexpr auto fields(const Envelope*) {
    return std::tuple{&Envelope::reverse_path, &Envelope::recipients,  &Envelope::body,    &Envelope::smtputf8,
                      &Envelope::ret,          &Envelope::envelope_id, &Envelope::arrived, &Envelope::origin};
}

/// A body too long for the journal: being written (by us, or by smtpd through duplicate()), then named in Accept.
using BlobId = std::uint64_t;

/// Octets of the message, CRLF lines, trace field of the last hop included, up to inline_body or a blob.
struct Body {
    std::string octets;          // where blob is empty
    std::optional<BlobId> blob;  // an open blob of this spool, not yet used by another message
    std::uint64_t size = 0;      // of the whole message
};
constexpr std::size_t inline_body = 64 * 1024;

/// Recipients of one message that go to one destination in one attempt, at most 64 of them; `pending` has a bit for
/// each that still waits. A message's tasks cover its recipients without gaps, in order.
struct Task {
    std::uint32_t first = 0;
    std::uint8_t count = 0;
    bool held = false;
    bool delay_noticed = false;
    bool awaits_release = false;  // not yet tried, as its sender wants it released at `due` (RFC 4865)
    std::uint16_t attempts = 0;
    std::uint32_t destination = 0;  // volatile: the scheduler's own number for where this goes
    std::uint32_t diagnostic = 0;   // see diagnostic(); 0: none yet
    std::uint64_t pending = 0;
    std::int64_t due = 0;  // milliseconds since 1970
    bool is_done() const { return pending == 0; }
};

// ---- operations of a transaction

/// A new message; `tasks` with first, count, due.
struct Accept {
    MessageId id = 0;  // from next_id()
    Envelope envelope;
    Body body;
    std::vector<Task> tasks;
};
/// After an attempt (or an administrator's doing): recipients in `done` need nothing more; the others wait until `due`.
/// When no task of the message has anybody pending the message is over, and its space is free again.
struct Progress {
    MessageId id = 0;
    std::uint32_t task = 0;  // index into the message's tasks
    std::uint64_t done = 0;  // bits of Task::pending to clear
    std::uint16_t attempts = 0;
    std::int64_t due = 0;
    bool held = false;
    bool delay_noticed = false;
    bool awaits_release = false;
    std::string diagnostic;  // the last reply, "450 4.2.1 text (host)": for the queue listing and the final bounce
};
/// Forget the message, whatever is pending.
struct Remove {
    MessageId id = 0;
};
using Operation = std::variant<Accept, Progress, Remove>;

/// All or nothing.
using Transaction = std::vector<Operation>;

enum class Failure : std::uint8_t {
    Full,    // no room that is not reserved for outcomes: 452 4.3.1
    Failed,  // this write or sync failed; the spool has moved to a fresh segment: 451 4.3.0
    Broken,  // cannot write any more: 421 4.3.2
};
using Outcome = std::expected<void, Failure>;

/// What the spool knows of a message without touching the disk.
struct Entry {
    std::vector<Task> tasks;
    std::int64_t arrived = 0;
    std::uint64_t size = 0;
    bool is_bounce = false;  // null reverse-path
};

/// A message read back from disk.
struct Stored {
    Envelope envelope;
    std::string octets;                    // inline bodies
    std::unique_ptr<file::OpenFile> blob;  // others, open for reading
};

class Spool {
public:
    virtual ~Spool() = default;

    virtual MessageId next_id() = 0;

    /// Makes the transaction durable, with whatever else is submitted while the disk is busy; then calls `done`.
    /// Progress and Remove show in entry() at once, Accept only when durable. A failed Accept has left nothing; a
    /// failed Progress is written anew by the spool itself until it succeeds or the spool is Broken.
    virtual void submit(Transaction transaction, std::move_only_function<void(Outcome)> done) = 0;
    /// The same for outcomes that need not hurry: written with the next group, at latest when flush() is called (the
    /// scheduler does that 20 ms after the first).
    virtual void submit_lazily(Transaction transaction) = 0;
    virtual void flush() = 0;

    /// A new blob to write into; dropped by drop_blob() or at restart unless an Accept names it.
    virtual file::Result<BlobId> open_blob() = 0;
    virtual file::OpenFile& blob(BlobId id) = 0;
    virtual void drop_blob(BlobId id) = 0;

    virtual const Entry* entry(MessageId id) const = 0;  // nullptr: not (or no longer) here
    virtual Entry* mutable_entry(MessageId id) = 0;      // for the volatile Task::destination only
    virtual void for_each(const std::function<void(MessageId, const Entry&)>& visit) const = 0;
    virtual std::string_view diagnostic(std::uint32_t number) const = 0;
    /// From disk, checksums verified. A damaged message is quarantined and reported as file::Error EBADMSG.
    virtual file::Result<Stored> load(MessageId id) = 0;
    virtual file::Result<Envelope> load_envelope(MessageId id) = 0;

    /// Something waits for room or for a disk that has failed; flush() tries again.
    virtual bool is_stalled() const { return false; }
    virtual bool is_full() const = 0;  // Accepts would fail with Full
};

}  // namespace spool
