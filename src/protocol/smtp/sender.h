#pragma once
// The client's side of a conversation in SMTP or LMTP. RFC 5321 §4.1.4, §4.2, §4.5.4; RFC 2920 (pipelining), RFC 3030
// (BDAT), RFC 3461 §5 (DSN), RFC 6531 §3.2 (SMTPUTF8), RFC 2033 (LMTP), RFC 9422 (LIMITS).
//
// No sockets, no clock, and no message bodies: Sender says what to write next and when to wait. Its driver:
//
//     for (;;) {
//         if (there is another message && sender.may_submit()) sender.submit(message);   // also while one is ending
//         else if (there is none) sender.quit();                                         // takes effect when idle
//         auto step = sender.next();
//         Write:      append step.octets to the output
//         WriteBody:  append the body, through DotStuffer or as it is, whole
//         AwaitReply: flush; read one reply (deadline by step.stage); sender.on(reply), or sender.lost(why)
//         Report:     a message is done; step.outcome
//         Idle:       nothing to do until submit() or quit()
//         Finished:   close
//     }
//
// Pipelining goes across messages: as soon as a body is written, the next message's MAIL, RCPT and DATA follow in the
// same flush (RFC 2920 §3.1), so a busy connection needs one round trip for each message, or none with BDAT.
//
// 8-bit messages for a server without 8BITMIME are failed (5.6.3), not converted: conversion breaks signatures, and such
// servers are gone. Messages that need SMTPUTF8 fail likewise (5.6.7, RFC 6531 §3.7.3).

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "smtp/envelope.h"
#include "smtp/extensions.h"
#include "smtp/limits.h"
#include "smtp/receiver.h"
#include "smtp/reply.h"

namespace smtp {

/// When a message goes by BDAT to a server that offers CHUNKING.
enum class Chunking : std::uint8_t {
    WhenNeeded,   // only what DATA cannot carry: lines over 998 octets, BINARYMIME
    WhenSmall,    // also messages small enough that sending one in vain costs less than a round trip
};

struct SenderSettings {
    std::string hostname;  // what we call ourselves
    Protocol protocol = Protocol::Smtp;
    Chunking chunking = Chunking::WhenSmall;
    std::uint64_t small = 64 * 1024;
    std::size_t transactions = 0;  // most in this session; 0: as many as the server allows
};

/// A message as far as the conversation needs to know it.
struct Outgoing {
    std::uint64_t id = 0;  // the caller's; comes back in WriteBody and Outcome
    Envelope envelope;
    std::uint64_t size = 0;         // octets, line ends as CRLF
    std::size_t longest_line = 0;   // without CRLF
    bool has_8bit = false;          // anywhere
    bool has_8bit_header = false;   // RFC 6532: needs SMTPUTF8
};

/// How far a conversation, or a message in it, came.
enum class Stage : std::uint8_t { Connect, Greeting, Hello, Mail, Rcpt, Data, Content, EndOfData, Quit };
std::string_view to_text(Stage stage);

struct RecipientOutcome {
    enum class Result : std::uint8_t {
        Delivered,
        Deferred,
        Failed,
        NotTried,  // this connection did not get to it; another may, at once and at no cost to the schedule
    };
    Result result = Result::NotTried;
    Stage stage = Stage::Connect;  // where it was decided
    Reply reply;                   // the server's, or ours where `is_local`
    bool is_local = false;         // decided here: not offered, too large, connection lost
    bool dsn_passed_on = false;    // the server took over the NOTIFY duties (RFC 3461 §5.2.2)
    bool may_be_delivered = false;  // lost between end of data and its reply: a retry may be a second copy (RFC 1047)

    bool operator==(const RecipientOutcome&) const = default;
};

struct Outcome {
    std::uint64_t id = 0;
    std::vector<RecipientOutcome> recipients;  // as in the envelope
};

struct Write {
    std::string octets;
};
struct WriteBody {
    enum class Form : std::uint8_t { DotStuffed, AsItIs };
    std::uint64_t id = 0;
    Form form = Form::DotStuffed;
};
struct AwaitReply {
    Stage stage = Stage::Greeting;  // decides how long to wait (§4.5.3.2)
};
struct Report {
    Outcome outcome;
};
struct Idle {};
struct Finished {};
using SenderStep = std::variant<Write, WriteBody, AwaitReply, Report, Idle, Finished>;

class Sender {
public:
    explicit Sender(SenderSettings settings);

    /// Whether a message may be handed over now; it is taken whatever it is, and reported on later.
    bool may_submit() const;
    void submit(Outgoing message);
    /// No more messages: QUIT once everything handed over is reported.
    void quit() { is_quitting_ = true; }

    SenderStep next();
    void on(Reply reply);
    /// The connection is gone, or a deadline passed.
    void lost(std::string_view why);

    /// What the server offered; nothing before it said so.
    const Extensions& extensions() const { return extensions_; }
    /// The refusal of the session as a whole (greeting, EHLO, HELO), if there was one. Another MX may do better.
    const Reply* session_refusal() const { return session_refusal_.code ? &session_refusal_ : nullptr; }
    /// How many messages the session still takes, by LIMITS MAILMAX and the settings; it is not open after 421.
    bool is_open() const { return phase_ != Phase::Closed; }

private:
    enum class Phase : std::uint8_t { Greeting, Hello, Ready, Quitting, Closed };
    enum class Kind : std::uint8_t { Greeting, Ehlo, Helo, Rset, Mail, Rcpt, Data, EndOfData, Quit };

    /// A message on its way. It may take several transactions (rounds) where the server limits recipients.
    struct Job {
        Outgoing message;
        std::vector<RecipientOutcome> recipients;
        std::vector<std::uint8_t> is_final;
        std::vector<std::size_t> round;     // recipients asked for in this transaction
        std::vector<std::size_t> accepted;  // of them, those that got a positive reply
        std::size_t started = 0;            // recipients before this one were in some round
        bool use_bdat = false;
        bool mail_refused = false;
        bool body_written = false;
        bool body_due = false;
        bool empty_body_due = false;   // 354 although nobody is left to send to
        bool is_done = false;
    };
    struct Expected {
        Kind kind;
        std::size_t job = 0;        // counted from the session's first
        std::size_t recipient = 0;  // in the envelope
    };

    Job& job(std::size_t number) { return jobs_[number - first_job_]; }
    // Continued in the sources.

    SenderSettings settings_;
    Extensions extensions_;
    Phase phase_ = Phase::Greeting;
    std::deque<Job> jobs_;
    std::size_t first_job_ = 0;  // the number of jobs_.front()
    std::deque<Expected> expected_;
    std::string output_;
    Reply session_refusal_;
    bool is_quitting_ = false;
    bool needs_reset_ = false;
    std::size_t transactions_ = 0;
};

}  // namespace smtp
