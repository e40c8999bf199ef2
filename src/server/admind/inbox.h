#pragma once
// What admind hears: requests of the control program on the control socket, and qmgr's answers. Nothing else under
// server/admind may be included from outside; `hermod queue`, `status`, `pause`, … are written against it.

#include <cstdint>
#include <string>
#include <tuple>
#include <variant>
#include <vector>

#include "acmed/inbox.h"
#include "directory/inbox.h"
#include "qmgr/inbox.h"

namespace admind {

// ---- from qmgr

struct QueuedRecipient {
    std::string address;
    std::string destination;  // "local", "mx:example.org"
    std::uint16_t attempts = 0;
    std::int64_t due = 0;  // milliseconds since 1970
    bool done = false;
    bool held = false;
    bool awaits_release = false;  // its sender wants it tried at `due`, and not before
    bool in_flight = false;
    bool will_bounce = false;  // it is being tried; unless that succeeds it is returned, as an administrator ordered
    std::string diagnostic;    // the last reply; empty: not tried yet
    bool operator==(const QueuedRecipient&) const = default;
};
constexpr auto fields(const QueuedRecipient*) {
    return std::tuple{&QueuedRecipient::address,        &QueuedRecipient::destination,
                      &QueuedRecipient::attempts,       &QueuedRecipient::due,
                      &QueuedRecipient::done,           &QueuedRecipient::held,
                      &QueuedRecipient::awaits_release, &QueuedRecipient::in_flight,
                      &QueuedRecipient::will_bounce,    &QueuedRecipient::diagnostic};
}

struct QueuedMessage {
    std::uint64_t id = 0;
    std::string reverse_path;
    std::int64_t arrived = 0;
    std::uint64_t size = 0;
    std::string origin;
    std::vector<QueuedRecipient> recipients;
    std::uint64_t left_out = 0;  // recipients for whom there was no room
    bool operator==(const QueuedMessage&) const = default;
};
constexpr auto fields(const QueuedMessage*) {
    return std::tuple{&QueuedMessage::id,      &QueuedMessage::reverse_path, &QueuedMessage::arrived,
                      &QueuedMessage::size,    &QueuedMessage::origin,       &QueuedMessage::recipients,
                      &QueuedMessage::left_out};
}

struct Listed {
    std::uint64_t ticket = 0;
    std::vector<QueuedMessage> messages;
    bool more = false;
    bool operator==(const Listed&) const = default;
};
constexpr auto fields(const Listed*) { return std::tuple{&Listed::ticket, &Listed::messages, &Listed::more}; }

struct Acted {
    std::uint64_t ticket = 0;
    std::uint64_t messages = 0;   // how many it concerned
    std::uint64_t under_way = 0;  // of these, were being tried: what comes of that counts before a Bounce, or in spite
                                  // of a Remove
    bool durable = false;
    bool operator==(const Acted&) const = default;
};
constexpr auto fields(const Acted*) {
    return std::tuple{&Acted::ticket, &Acted::messages, &Acted::under_way, &Acted::durable};
}

struct Content {
    std::uint64_t ticket = 0;
    bool found = false;
    std::string octets;
    file::Descriptor blob;
    bool operator==(const Content&) const = default;
};
constexpr auto fields(const Content*) {
    return std::tuple{&Content::ticket, &Content::found, &Content::octets, &Content::blob};
}

struct Totals {
    std::uint64_t ticket = 0;
    std::uint64_t messages = 0;
    std::uint64_t recipients = 0;
    std::uint64_t held = 0;
    std::uint64_t in_flight = 0;
    std::uint64_t octets = 0;
    std::int64_t oldest = 0;       // when the oldest message arrived, milliseconds since 1970; 0: there is none
    std::uint64_t resting = 0;     // destinations that do not answer, and are left alone for a while
    bool local_is_paused = false;  // no new attempts to deliver here
    bool remote_is_paused = false;
    bool operator==(const Totals&) const = default;
};
constexpr auto fields(const Totals*) {
    return std::tuple{&Totals::ticket,          &Totals::messages,        &Totals::recipients, &Totals::held,
                      &Totals::in_flight,       &Totals::octets,          &Totals::oldest,     &Totals::resting,
                      &Totals::local_is_paused, &Totals::remote_is_paused};
}

using FromQmgr = std::variant<Listed, Acted, Content, Totals>;

// ---- from directory

struct BannedNetwork {
    std::string network;        // "192.0.2.1/32"
    std::uint64_t seconds = 0;  // that are left
    bool operator==(const BannedNetwork&) const = default;
};
constexpr auto fields(const BannedNetwork*) { return std::tuple{&BannedNetwork::network, &BannedNetwork::seconds}; }

struct Bans {
    std::uint64_t ticket = 0;
    std::vector<BannedNetwork> bans;
    bool operator==(const Bans&) const = default;
};
constexpr auto fields(const Bans*) { return std::tuple{&Bans::ticket, &Bans::bans}; }

struct Lifted {
    std::uint64_t ticket = 0;
    std::uint64_t bans = 0;  // how many there were
    bool operator==(const Lifted&) const = default;
};
constexpr auto fields(const Lifted*) { return std::tuple{&Lifted::ticket, &Lifted::bans}; }

using FromDirectory = std::variant<Bans, Lifted>;

// ---- from the control program; each request has one answer or, for List, the pages asked for

enum class Order : std::uint8_t { Status, Reload, Stop };

struct Command {
    std::uint64_t ticket = 0;
    Order order = Order::Status;
    bool operator==(const Command&) const = default;
};
constexpr auto fields(const Command*) { return std::tuple{&Command::ticket, &Command::order}; }

using FromClient = std::variant<Command, qmgr::List, qmgr::Act, qmgr::Fetch, qmgr::Count, qmgr::Pause, acmed::Order,
                                directory::ListBans, directory::LiftBans>;

// ---- to the control program

struct ProcessStatus {
    std::string role;
    std::uint8_t index = 0;
    std::int64_t pid = 0;
    std::int64_t started = 0;  // milliseconds since 1970
    std::uint32_t restarts = 0;
    std::vector<std::string> missing_fences;  // "own uid", "empty root", "seccomp", "landlock", …
    bool operator==(const ProcessStatus&) const = default;
};
constexpr auto fields(const ProcessStatus*) {
    return std::tuple{&ProcessStatus::role,    &ProcessStatus::index,    &ProcessStatus::pid,
                      &ProcessStatus::started, &ProcessStatus::restarts, &ProcessStatus::missing_fences};
}

/// A certificate that clients are shown.
struct CertificateStatus {
    std::string file;
    std::vector<std::string> names;
    std::int64_t expires = 0;  // milliseconds since 1970
    bool operator==(const CertificateStatus&) const = default;
};
constexpr auto fields(const CertificateStatus*) {
    return std::tuple{&CertificateStatus::file, &CertificateStatus::names, &CertificateStatus::expires};
}

struct Status {
    std::uint64_t ticket = 0;
    std::string version;
    std::vector<ProcessStatus> processes;
    Totals totals;
    std::vector<CertificateStatus> certificates;
    bool operator==(const Status&) const = default;
};
constexpr auto fields(const Status*) {
    return std::tuple{&Status::ticket, &Status::version, &Status::processes, &Status::totals, &Status::certificates};
}

/// The order was carried out, or why not (a configuration that does not load leaves the old one in force).
struct Answer {
    std::uint64_t ticket = 0;
    bool done = false;
    std::string text;
    bool operator==(const Answer&) const = default;
};
constexpr auto fields(const Answer*) { return std::tuple{&Answer::ticket, &Answer::done, &Answer::text}; }

// ---- from acmed

/// The certificate in use, and what is to become of it. Times are milliseconds since 1970.
struct CertificateState {
    std::uint64_t ticket = 0;
    std::string directory;            // the authority's
    std::vector<std::string> wanted;  // names
    std::vector<std::string> names;   // that it has; none: there is none
    std::string source;               // the directory it came from; empty: we signed it ourselves
    std::int64_t not_before = 0;
    std::int64_t not_after = 0;
    bool is_fit = false;  // of the right authority, with all names
    bool is_at_work = false;
    std::int64_t next = 0;  // when acmed acts by itself
    std::uint32_t failures = 0;
    std::string trouble;  // of the last attempt; empty: it went well
    bool operator==(const CertificateState&) const = default;
};
constexpr auto fields(const CertificateState*) {
    using S = CertificateState;
    return std::tuple{&S::ticket,    &S::directory, &S::wanted,     &S::names, &S::source,   &S::not_before,
                      &S::not_after, &S::is_fit,    &S::is_at_work, &S::next,  &S::failures, &S::trouble};
}

using FromAcmed = std::variant<Answer, CertificateState>;

using ToClient = std::variant<Status, Answer, Listed, Acted, Content, Totals, CertificateState, Bans, Lifted>;

}  // namespace admind
