#pragma once
// What policyd hears: the questions of smtpd and pickup about mail before it is taken, and directory's about mail that
// is sent on. Nothing else under server/policyd may be included from outside.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <variant>
#include <vector>

#include "directory/inbox.h"
#include "file/descriptor.h"
#include "ip/address.h"
#include "smtp/reply.h"
#include "spf/result.h"

namespace policyd {

/// May this client send in this name? Asked at MAIL; exactly one Opinion answers.
struct CheckSender {
    std::uint64_t ticket = 0;
    ip::Address client;
    std::string helo;          // as it was said
    std::string reverse_path;  // without brackets; empty: the null reverse-path
    bool operator==(const CheckSender&) const = default;
};
constexpr auto fields(const CheckSender*) {
    return std::tuple{&CheckSender::ticket, &CheckSender::client, &CheckSender::helo, &CheckSender::reverse_path};
}

/// What SPF said of one name, in brief. Hostile: enumerations are numbers on the way; spf::is_known() tells.
struct SpfFinding {
    spf::Result result = spf::Result::None;
    spf::Result published = spf::Result::None;  // the same without local rules and guesses of ours
    spf::Identity identity = spf::Identity::MailFrom;
    std::string domain;  // that was asked about
    std::string reason;  // the mechanism that matched, or the trouble
    bool operator==(const SpfFinding&) const = default;
};
constexpr auto fields(const SpfFinding*) {
    return std::tuple{&SpfFinding::result, &SpfFinding::published, &SpfFinding::identity, &SpfFinding::domain,
                      &SpfFinding::reason};
}

/// Of what screening found; it goes from policyd to smtpd and back, and neither believes the other.
constexpr std::size_t longest_reasons = 2000;
constexpr std::int32_t most_hundredths = 1'000'000;
/// A score as [spam] counts it, 5 is spam.
constexpr double points(std::int32_t hundredths) {
    return std::clamp(hundredths, -most_hundredths, most_hundredths) / 100.0;
}

/// By which right a message comes in.
enum class Bringer : std::uint8_t {
    Stranger,      // none: only what he proves counts
    RelayClient,   // his address may send through us (relay.networks)
    Account,       // he has logged in
    LocalProgram,  // of a user of this system, through sendmail
    Forward,       // a program of a recipient passes on what had been delivered to him
    List,          // a mailing list passes on in its own name what was written to it
};

/// Beyond this many, recipients are only counted.
constexpr std::size_t most_recipients_named = 100;

/// What is to be thought of this message? Asked when all of it is there, before it is taken; exactly one Judgement
/// answers. It stands in `octets` while it is small (spool::inline_body), else in `blob`; our trace fields are in it.
struct Examine {
    std::uint64_t ticket = 0;
    Bringer bringer = Bringer::Stranger;
    std::string account;  // of Account; "uid 1000" of LocalProgram, Forward and List
    std::optional<ip::Address> client;
    std::uint16_t port = 0;
    std::string helo;
    std::string tls;           // how the connection was encrypted, for people; empty: it was not
    std::string reverse_path;  // empty: the null reverse-path
    std::vector<SpfFinding> spf;
    std::vector<std::string> recipients;  // as they were asked for
    std::uint32_t recipient_count = 0;
    std::int32_t screening_score = 0;  // what is held against a Stranger already, in hundredths; see points()
    bool leads_elsewhere = false;      // whether any of them is at another server
    std::string octets;
    file::Descriptor blob;
    std::uint64_t size = 0;
    bool operator==(const Examine&) const = default;
};
constexpr auto fields(const Examine*) {
    return std::tuple{&Examine::ticket,
                      &Examine::bringer,
                      &Examine::account,
                      &Examine::client,
                      &Examine::port,
                      &Examine::helo,
                      &Examine::tls,
                      &Examine::reverse_path,
                      &Examine::spf,
                      &Examine::recipients,
                      &Examine::recipient_count,
                      &Examine::screening_score,
                      &Examine::leads_elsewhere,
                      &Examine::octets,
                      &Examine::blob,
                      &Examine::size};
}

/// What became of a message whose Judgement asked for it: it is on disk and ours, or has been refused after all.
struct Settled {
    std::uint64_t ticket = 0;  // of Examine
    bool is_taken = false;
    bool operator==(const Settled&) const = default;
};
constexpr auto fields(const Settled*) { return std::tuple{&Settled::ticket, &Settled::is_taken}; }

/// From smtpd and pickup.
using FromSmtpd = std::variant<CheckSender, Examine, Settled>;

/// From directory: would mail from this sender pass SPF if we sent it on as it is? Answered by directory::Passage.
struct CheckPassage {
    std::uint64_t ticket = 0;
    std::string reverse_path;  // never the null one
    bool operator==(const CheckPassage&) const = default;
};
constexpr auto fields(const CheckPassage*) { return std::tuple{&CheckPassage::ticket, &CheckPassage::reverse_path}; }

using FromDirectory = std::variant<CheckPassage, directory::Resolved>;

/// Beyond this, what is to be put on a message is left out: the place of the queue id is in its first octets.
constexpr std::size_t longest_trace = 3000;

/// What recipients hear whose domain has a grade of its own ([spf.domains]).
struct GradedReply {
    std::uint8_t behavior = 0;  // site::SpfBehavior
    smtp::Reply reply;
    bool operator==(const GradedReply&) const = default;
};
constexpr auto fields(const GradedReply*) { return std::tuple{&GradedReply::behavior, &GradedReply::reply}; }

/// What [screening] found, for recipients to weigh: see submitter::verdict_of().
struct Screened {
    std::optional<smtp::Reply> rejected = {};  // by a stage that rejects
    std::optional<smtp::Reply> deferred = {};  // by one that defers
    std::int32_t score = 0;                    // of those that score, in hundredths; see points()
    std::string reasons = {};                  // theirs, for the client: at most longest_reasons
    std::string found = {};                    // what all found, for the log: likewise
    bool operator==(const Screened&) const = default;
};
constexpr auto fields(const Screened*) {
    return std::tuple{&Screened::rejected, &Screened::deferred, &Screened::score, &Screened::reasons, &Screened::found};
}

struct Opinion {
    std::uint64_t ticket = 0;
    smtp::Reply reply;                     // positive: take it; else what the client hears, at each RCPT
    bool at_mail = false;                  // or at MAIL already
    std::vector<GradedReply> graded = {};  // in its place, for recipients of domains with another grade
    std::string trace;                     // whole header fields to be put on top of the message, above ours
    std::vector<SpfFinding> spf = {};      // to be given back with the message; the one that decided comes first
    Screened screened = {};
    bool operator==(const Opinion&) const = default;
};
constexpr auto fields(const Opinion*) {
    return std::tuple{&Opinion::ticket, &Opinion::reply, &Opinion::at_mail, &Opinion::graded,
                      &Opinion::trace,  &Opinion::spf,   &Opinion::screened};
}

/// Of a Judgement: all its fields together. With more than that the message is not taken.
constexpr std::size_t longest_head = 32 * 1024;

struct Judgement {
    std::uint64_t ticket = 0;
    smtp::Reply reply;        // positive: take it; else what the client hears
    std::string head;         // whole header fields for the top of the message, above everything
    bool discard = false;     // taken, as the client hears; and nobody is to get it
    bool junk = false;        // it goes to the folder for junk, where a mailbox has one
    std::string results;      // for the log, as Authentication-Results has them; empty: there is nothing to tell
    std::string content;      // likewise: what was thought of its content
    std::string reason;       // likewise: what was decided by them, and why
    bool is_awaited = false;  // answered by Settled, as something follows once the message is taken
    bool operator==(const Judgement&) const = default;
};
constexpr auto fields(const Judgement*) {
    return std::tuple{&Judgement::ticket,  &Judgement::reply,  &Judgement::head,
                      &Judgement::discard, &Judgement::junk,   &Judgement::results,
                      &Judgement::content, &Judgement::reason, &Judgement::is_awaited};
}

/// From keyd.
struct DigestSigned {
    std::uint64_t ticket = 0;
    std::string signature;  // octets; empty: nobody has that key
    bool operator==(const DigestSigned&) const = default;
};
constexpr auto fields(const DigestSigned*) { return std::tuple{&DigestSigned::ticket, &DigestSigned::signature}; }

using FromKeyd = std::variant<DigestSigned>;

}  // namespace policyd
