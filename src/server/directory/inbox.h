#pragma once
// What directory answers, and to whom: who exists here. Nothing else under server/directory may be included by other
// processes; `hermod explain` asks the resolver itself.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <variant>
#include <vector>

#include "ip/address.h"
#include "smtp/reply.h"
#include "spool/spool.h"

namespace directory {

/// From smtpd and pickup at RCPT: may this be a recipient, and where does the mail go?
struct LookUp {
    std::uint64_t ticket = 0;       // the asker's own number, returned with the answer
    std::string address;            // as smtp::Recipient::address
    bool may_relay = false;         // the client may send to domains that are not ours
    std::string reverse_path = {};  // of the message; where it is sent on, it may have to be rewritten (srs/address.h)
    bool is_sent_on = false;        // the message has been mail already: whatever of it leaves is sent on
    std::optional<ip::Address> stranger = {};  // who asks smtpd, and may be guessing
    bool operator==(const LookUp&) const = default;
};
constexpr auto fields(const LookUp*) {
    return std::tuple{&LookUp::ticket,       &LookUp::address,    &LookUp::may_relay,
                      &LookUp::reverse_path, &LookUp::is_sent_on, &LookUp::stranger};
}

/// From deliver: where is this recipient's mailbox, and whose is it? Or, with a target: does the alias of that address
/// lead to exactly this program, file or folder, and as whom is it done?
struct FindMailbox {
    std::uint64_t ticket = 0;
    std::string address;
    std::string target = {};
    bool is_plain = false;  // without the instructions of its owner
    bool operator==(const FindMailbox&) const = default;
};
constexpr auto fields(const FindMailbox*) {
    return std::tuple{&FindMailbox::ticket, &FindMailbox::address, &FindMailbox::target, &FindMailbox::is_plain};
}

/// What somebody logs in for: an app password may be good for some of it only.
enum class Purpose : std::uint8_t { Submission, Pop3 };

/// From smtpd and pop3d: a client wants to log in (RFC 4422). Answered by LoginStep, one for this and one for each
/// ContinueLogin; the exchange is over with any step but a challenge.
struct BeginLogin {
    std::uint64_t ticket = 0;  // names the exchange from now on
    std::string mechanism;     // "SCRAM-SHA-256-PLUS", in any case
    Purpose purpose = Purpose::Submission;
    std::string client;  // its IP address; empty: a local socket
    bool is_encrypted = false;
    std::string channel;      // octets of tls-exporter (RFC 9266); empty: none
    std::string certificate;  // whom the client's certificate, which TLS has verified, belongs to; empty: nobody
    std::optional<std::string> initial;  // an initial response, decoded (RFC 4954 §4)
    bool operator==(const BeginLogin&) const = default;
};
constexpr auto fields(const BeginLogin*) {
    return std::tuple{&BeginLogin::ticket,      &BeginLogin::mechanism,    &BeginLogin::purpose,
                      &BeginLogin::client,      &BeginLogin::is_encrypted, &BeginLogin::channel,
                      &BeginLogin::certificate, &BeginLogin::initial};
}

/// The client's answer to a challenge, decoded.
struct ContinueLogin {
    std::uint64_t ticket = 0;
    std::uint64_t exchange = 0;  // the ticket of its BeginLogin
    std::string response;
    bool operator==(const ContinueLogin&) const = default;
};
constexpr auto fields(const ContinueLogin*) {
    return std::tuple{&ContinueLogin::ticket, &ContinueLogin::exchange, &ContinueLogin::response};
}

/// The client has given up, or is gone. Not answered.
struct AbandonLogin {
    std::uint64_t exchange = 0;
    bool operator==(const AbandonLogin&) const = default;
};
constexpr auto fields(const AbandonLogin*) { return std::tuple{&AbandonLogin::exchange}; }

/// From smtpd: may this account send in these names (RFC 6409 §6.1)? Answered by SenderVerdict.
struct MaySend {
    std::uint64_t ticket = 0;
    std::string account;  // as LoginStep::account
    std::uint64_t stamp = 0;
    std::vector<std::string> addresses;
    std::uint32_t recipients = 0;  // of a message that is complete: it counts from now on; 0: at MAIL
    bool operator==(const MaySend&) const = default;
};
constexpr auto fields(const MaySend*) {
    return std::tuple{&MaySend::ticket, &MaySend::account, &MaySend::stamp, &MaySend::addresses, &MaySend::recipients};
}

/// From smtpd: this stranger did not wait to be greeted. Not answered.
struct TalkedEarly {
    ip::Address client;
    bool operator==(const TalkedEarly&) const = default;
};
constexpr auto fields(const TalkedEarly*) { return std::tuple{&TalkedEarly::client}; }

using FromSmtpd = std::variant<LookUp, BeginLogin, ContinueLogin, AbandonLogin, MaySend, TalkedEarly>;
/// From admind: who is banned?
struct ListBans {
    std::uint64_t ticket = 0;
    bool operator==(const ListBans&) const = default;
};
constexpr auto fields(const ListBans*) { return std::tuple{&ListBans::ticket}; }

/// From admind: let everybody within this network in again.
struct LiftBans {
    std::uint64_t ticket = 0;
    std::string network;  // "192.0.2.0/24"
    bool operator==(const LiftBans&) const = default;
};
constexpr auto fields(const LiftBans*) { return std::tuple{&LiftBans::ticket, &LiftBans::network}; }

using FromAdmind = std::variant<ListBans, LiftBans>;
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

/// To the asker of BeginLogin and ContinueLogin. Whether the user is unknown or the password wrong, nobody is told.
struct LoginStep {
    enum class Outcome : std::uint8_t {
        Challenge,   // send `octets`, bring the response
        Success,     // the client is `account`
        Rejected,    // SMTP: 535 5.7.8
        Malformed,   // it is not what the mechanism says: 501 5.5.2
        NotOffered,  // this mechanism is not offered (here): 504 5.5.4
        Later,       // too much to do, or who exists cannot be said now: 454 4.7.0
        Banned,      // too many failures from there: 421 4.7.0, and the connection ends
    };
    std::uint64_t ticket = 0;
    Outcome outcome = Outcome::Later;
    std::string octets;                  // of a challenge; not base64 yet
    std::string account;                 // on success: "ann@virtual.example", or the user "ann"
    std::string address;                 // and where its mailbox is to be found (FindMailbox)
    std::uint64_t stamp = 0;             // another one once the password has changed
    std::array<std::uint64_t, 2> key{};  // on success, to pop3d: what reader opens the mailbox for (reader::Open)
    bool operator==(const LoginStep&) const = default;
};
constexpr auto fields(const LoginStep*) {
    return std::tuple{&LoginStep::ticket,  &LoginStep::outcome, &LoginStep::octets, &LoginStep::account,
                      &LoginStep::address, &LoginStep::stamp,   &LoginStep::key};
}

/// To the asker of MaySend: 250 2.1.0, 553 5.7.1 (not his), 535 5.7.8 (the login does not hold any more), 450 and 452
/// 4.7.1 (too much in an hour), 451 4.3.0.
struct SenderVerdict {
    std::uint64_t ticket = 0;
    smtp::Reply reply;
    bool operator==(const SenderVerdict&) const = default;
};
constexpr auto fields(const SenderVerdict*) { return std::tuple{&SenderVerdict::ticket, &SenderVerdict::reply}; }

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
    std::string command = {};    // of an alias: instead of a mailbox, this program
    bool is_list = false;        // instead: the program that takes a mailing list's mail
    bool operator==(const Mailbox&) const = default;
};
constexpr auto fields(const Mailbox*) {
    return std::tuple{&Mailbox::ticket,        &Mailbox::found,          &Mailbox::user,    &Mailbox::uid,
                      &Mailbox::gid,           &Mailbox::home,           &Mailbox::path,    &Mailbox::format,
                      &Mailbox::quota_bytes,   &Mailbox::quota_messages, &Mailbox::reason,  &Mailbox::instructions,
                      &Mailbox::has_extension, &Mailbox::extension,      &Mailbox::command, &Mailbox::is_list};
}

/// From authd, to the asker of authd::Check.
struct Checked {
    enum class Verdict : std::uint8_t { Later, No, Yes };
    std::uint64_t ticket = 0;
    Verdict verdict = Verdict::Later;
    bool operator==(const Checked&) const = default;
};
constexpr auto fields(const Checked*) { return std::tuple{&Checked::ticket, &Checked::verdict}; }

using FromAuthd = std::variant<Checked>;

/// From tokend, when it begins and whenever they change: the keys of who issues tokens, a JSON Web Key Set (RFC 7517).
struct TokenKeys {
    std::string json;
    bool operator==(const TokenKeys&) const = default;
};
constexpr auto fields(const TokenKeys*) { return std::tuple{&TokenKeys::json}; }

/// From tokend, to the asker of tokend::RenewKeys: what the issuer has lately said it has said in TokenKeys, before
/// this.
struct KeysRenewed {
    std::uint64_t ticket = 0;
    bool is_reached = false;  // otherwise nobody can say whether there are others by now
    bool operator==(const KeysRenewed&) const = default;
};
constexpr auto fields(const KeysRenewed*) { return std::tuple{&KeysRenewed::ticket, &KeysRenewed::is_reached}; }

/// From tokend, to the asker of tokend::Introspect.
struct Introspected {
    std::uint64_t ticket = 0;
    bool is_answered = false;  // otherwise the issuer cannot say now
    std::string json;          // what it says of the token: RFC 7662 §2.2
    bool operator==(const Introspected&) const = default;
};
constexpr auto fields(const Introspected*) {
    return std::tuple{&Introspected::ticket, &Introspected::is_answered, &Introspected::json};
}

using FromTokend = std::variant<TokenKeys, KeysRenewed, Introspected>;

/// From policyd, to the asker of policyd::CheckPassage.
struct Passage {
    std::uint64_t ticket = 0;
    bool is_free = false;  // the sender may stay as it is
    bool operator==(const Passage&) const = default;
};
constexpr auto fields(const Passage*) { return std::tuple{&Passage::ticket, &Passage::is_free}; }

/// It asks, too, where its letters go.
using FromPolicyd = std::variant<Passage, LookUp>;

}  // namespace directory
