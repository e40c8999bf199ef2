#pragma once
// What directory answers, and to whom: who exists here. Nothing else under server/directory may be included by other
// processes; `hermod explain` asks the resolver itself.

#include <cstdint>
#include <string>
#include <tuple>
#include <variant>
#include <vector>

#include "smtp/reply.h"
#include "spool/spool.h"

namespace directory {

/// From smtpd and pickup at RCPT: may this be a recipient, and where does the mail go?
struct LookUp {
    std::uint64_t ticket = 0;  // the asker's own number, returned with the answer
    std::string address;       // as smtp::Recipient::address
    bool may_relay = false;    // the client may send to domains that are not ours
    bool operator==(const LookUp&) const = default;
};
constexpr auto fields(const LookUp*) { return std::tuple{&LookUp::ticket, &LookUp::address, &LookUp::may_relay}; }

/// From deliver: where is this recipient's mailbox, and whose is it?
struct FindMailbox {
    std::uint64_t ticket = 0;
    std::string address;
    bool operator==(const FindMailbox&) const = default;
};
constexpr auto fields(const FindMailbox*) { return std::tuple{&FindMailbox::ticket, &FindMailbox::address}; }

using FromSmtpd = std::variant<LookUp>;
using FromDeliver = std::variant<FindMailbox>;

/// To the asker of LookUp. `reply` is what the client hears: 250 2.1.5, 550 5.1.1, 550 5.7.1, 451 4.3.0.
struct Resolved {
    std::uint64_t ticket = 0;
    smtp::Reply reply;
    std::vector<spool::Recipient> recipients;  // where accepted: who receives in its place, mostly one
    bool operator==(const Resolved&) const = default;
};
constexpr auto fields(const Resolved*) {
    return std::tuple{&Resolved::ticket, &Resolved::reply, &Resolved::recipients};
}

enum class Found : std::uint8_t { Yes, Unknown, Unavailable };  // Unavailable: ask again later
enum class Format : std::uint8_t { Maildir, Mbox };
/// What the owner may say of the mail himself: nothing; in ~/.forward; in ~/.qmail and ~/.qmail-EXTENSION.
enum class Instructions : std::uint8_t { None, Forward, Qmail };

/// To the asker of FindMailbox.
struct Mailbox {
    std::uint64_t ticket = 0;
    Found found = Found::Unavailable;
    std::string user;       // login name; empty for virtual mailboxes
    std::uint32_t uid = 0;  // the owner; never 0 when found
    std::uint32_t gid = 0;
    std::string home;  // absolute; deliver confines itself to it
    std::string path;  // below home: "Maildir" or "mail/inbox"
    Format format = Format::Maildir;
    std::uint64_t quota_bytes = 0;  // 0: none
    std::uint64_t quota_messages = 0;
    std::string reason;  // where not found, for the log and the bounce
    Instructions instructions = Instructions::None;
    bool has_extension = false;
    std::string extension = {};  // "list" of "ann-list"
    bool operator==(const Mailbox&) const = default;
};
constexpr auto fields(const Mailbox*) {
    return std::tuple{&Mailbox::ticket,        &Mailbox::found,          &Mailbox::user,   &Mailbox::uid,
                      &Mailbox::gid,           &Mailbox::home,           &Mailbox::path,   &Mailbox::format,
                      &Mailbox::quota_bytes,   &Mailbox::quota_messages, &Mailbox::reason, &Mailbox::instructions,
                      &Mailbox::has_extension, &Mailbox::extension};
}

}  // namespace directory
