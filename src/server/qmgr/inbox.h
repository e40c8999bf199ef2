#pragma once
// What qmgr does for the other processes: this header is the whole contract. Nothing else under server/qmgr may be
// included from outside. Capabilities are types: smtpd can bring a message but cannot name an existing one; an outcome
// counts only for an attempt that is open with the peer that reports it.

#include <cstdint>
#include <string>
#include <tuple>
#include <variant>
#include <vector>

#include "file/descriptor.h"
#include "smtp/reply.h"
#include "spool/spool.h"

namespace qmgr {

// ---- from smtpd and pickup

/// Take responsibility for this message (RFC 5321 §4.2.5). Answered by smtpd::Committed or smtpd::Refused.
struct Submit {
    std::uint64_t ticket = 0;  // the sender's own number for it
    spool::Envelope envelope;  // recipients as directory resolved them
    std::string octets;        // the message, trace field included; empty when a blob holds it
    std::uint64_t blob = 0;    // ticket of an earlier OpenBlob of this peer; 0: inline
    std::uint64_t size = 0;
    /// Where in the message 13 octets wait for the queue id (in our own trace field, which is written before the id is
    /// known), always within the first 65536; 0: nowhere. qmgr writes spool::to_text(id) over them.
    std::uint32_t id_at = 0;
    /// Not to be tried before (RFC 4865), in milliseconds since 1970; 0, or a time that has passed: at once.
    std::int64_t release = 0;
    bool operator==(const Submit&) const = default;
};
constexpr auto fields(const Submit*) {
    return std::tuple{&Submit::ticket, &Submit::envelope, &Submit::octets, &Submit::blob,
                      &Submit::size,   &Submit::id_at,    &Submit::release};
}

/// The message grows beyond spool::inline_body: answered by smtpd::BlobOpened with a file to write into.
struct OpenBlob {
    std::uint64_t ticket = 0;
    bool operator==(const OpenBlob&) const = default;
};
constexpr auto fields(const OpenBlob*) { return std::tuple{&OpenBlob::ticket}; }

/// The client went away before the end of data.
struct DropBlob {
    std::uint64_t ticket = 0;
    bool operator==(const DropBlob&) const = default;
};
constexpr auto fields(const DropBlob*) { return std::tuple{&DropBlob::ticket}; }

using FromSmtpd = std::variant<Submit, OpenBlob, DropBlob>;

// ---- from relay and deliver

enum class Status : std::uint8_t { Delivered, Relayed, Deferred, Failed };

struct RecipientOutcome {
    Status status = Status::Deferred;
    smtp::Reply reply;   // the remote server's, or our own words where there was none
    std::string remote;  // "mx.example.net[192.0.2.1]:25"; empty for local deliveries and where no host was reached
    bool remote_does_dsn = false;  // the next hop took the DSN parameters: it reports success, not we (RFC 3461 §5.2.2)
    std::string tls;  // how it was encrypted, for people: "TLSv1.3 TLS_AES_256_GCM_SHA384, verified"; empty: not tried
    bool operator==(const RecipientOutcome&) const = default;
};
constexpr auto fields(const RecipientOutcome*) {
    return std::tuple{&RecipientOutcome::status, &RecipientOutcome::reply, &RecipientOutcome::remote,
                      &RecipientOutcome::remote_does_dsn, &RecipientOutcome::tls};
}

/// What the attempt tells of its destination, for the scheduling of others.
enum class Destination : std::uint8_t { Fine, Unreachable, Busy };  // Busy: it answered, but limits or 421

struct AttemptDone {
    std::uint64_t attempt = 0;
    Destination destination = Destination::Fine;
    std::vector<RecipientOutcome> recipients;  // in the order of the attempt's recipients, one each
    bool was_begun = true;                     // false: given back untouched by a process that ends, without outcomes
    bool operator==(const AttemptDone&) const = default;
};
constexpr auto fields(const AttemptDone*) {
    return std::tuple{&AttemptDone::attempt, &AttemptDone::destination, &AttemptDone::recipients,
                      &AttemptDone::was_begun};
}

using FromRelay = std::variant<AttemptDone>;
using FromDeliver = std::variant<AttemptDone>;

// ---- from admind

/// Which messages an administrator means. Empty fields match all; `id` 0 is any. Nothing set and not `all`: none.
struct Filter {
    std::uint64_t id = 0;
    std::string from;    // reverse-path, exact, case-blind; "<>" is the null reverse-path
    std::string to;      // a recipient address, exact, case-blind
    std::string domain;  // a recipient's domain
    bool all = false;
    bool operator==(const Filter&) const = default;
};
constexpr auto fields(const Filter*) {
    return std::tuple{&Filter::id, &Filter::from, &Filter::to, &Filter::domain, &Filter::all};
}

/// A page of the queue in order of id: admind::Listed. Ask again with `after` = the last id while `more`.
struct List {
    std::uint64_t ticket = 0;
    Filter filter;
    std::uint64_t after = 0;
    std::uint32_t limit = 100;  // at most 1000
    bool operator==(const List&) const = default;
};
constexpr auto fields(const List*) { return std::tuple{&List::ticket, &List::filter, &List::after, &List::limit}; }

enum class Action : std::uint8_t { Retry, Hold, Release, Remove, Bounce };

/// Answered by admind::Acted when it is durable.
struct Act {
    std::uint64_t ticket = 0;
    Action action = Action::Retry;
    Filter filter;
    bool operator==(const Act&) const = default;
};
constexpr auto fields(const Act*) { return std::tuple{&Act::ticket, &Act::action, &Act::filter}; }

/// The message itself, for `queue show --body`: admind::Content.
struct Fetch {
    std::uint64_t ticket = 0;
    std::uint64_t id = 0;
    bool operator==(const Fetch&) const = default;
};
constexpr auto fields(const Fetch*) { return std::tuple{&Fetch::ticket, &Fetch::id}; }

/// Totals: admind::Totals.
struct Count {
    std::uint64_t ticket = 0;
    bool operator==(const Count&) const = default;
};
constexpr auto fields(const Count*) { return std::tuple{&Count::ticket}; }

enum class Traffic : std::uint8_t { All, Local, Remote };

/// No new attempts of this kind until told otherwise, or only until this process ends: whoever ordered it says so again
/// to its successor. Messages are taken, and what is being tried goes on. Answered by admind::Totals.
struct Pause {
    std::uint64_t ticket = 0;
    Traffic traffic = Traffic::All;
    bool is_over = false;
    bool operator==(const Pause&) const = default;
};
constexpr auto fields(const Pause*) { return std::tuple{&Pause::ticket, &Pause::traffic, &Pause::is_over}; }

using FromAdmind = std::variant<List, Act, Fetch, Count, Pause>;

}  // namespace qmgr
