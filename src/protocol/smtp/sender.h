#pragma once
// The client's side of a conversation in SMTP or LMTP. RFC 5321 §4.1.4, §4.2, §4.5.4; RFC 2920 (pipelining), RFC 3030
// (BDAT), RFC 3461 §5 (DSN), RFC 6531 §3.2 (SMTPUTF8), RFC 2033 (LMTP), RFC 9422 (LIMITS), RFC 3207 (STARTTLS), RFC
// 4954 (AUTH).
//
// No sockets, no clock, and no message bodies: Sender says what to write next and when to wait. Its driver:
//
//     for (;;) {
//         if (there is another message && sender.may_submit()) sender.submit(message);   // also while one is ending
//         else if (there is none) sender.quit();                                         // takes effect when idle
//         auto step = sender.next();
//         Write:      append its octets to the output
//         WriteBody:  append the body, through DotStuffer or as it is, whole
//         AwaitReply: flush; read one reply (deadline by its stage); sender.on(reply), or sender.lost(why)
//         Handshake:  nothing may have come behind the last reply; do it, then sender.on_encrypted(), or lost(why)
//         Report:     a message is done; its outcome
//         Idle:       nothing to do until submit() or quit()
//         Finished:   close
//     }
//
// Pipelining goes across messages: as soon as a body is written, the next message's MAIL, RCPT and DATA follow in the
// same flush (RFC 2920 §3.1), so a busy connection needs one round trip for each message, or none with BDAT.
//
// 8-bit messages for a server without 8BITMIME are failed (5.6.3), not converted: conversion breaks signatures, and
// such servers are gone. Messages that need SMTPUTF8 fail likewise (5.6.7, RFC 6531 §3.7.3).

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "smtp/envelope.h"
#include "smtp/extensions.h"
#include "smtp/limits.h"
#include "smtp/login.h"
#include "smtp/receiver.h"
#include "smtp/reply.h"

namespace smtp {

/// When a message goes by BDAT to a server that offers CHUNKING.
enum class Chunking : std::uint8_t {
    WhenNeeded,  // only what DATA cannot carry: lines over 998 octets, BINARYMIME
    WhenSmall,   // also messages small enough that sending one in vain costs less than a round trip
};

/// Whether STARTTLS is said.
enum class UseTls : std::uint8_t {
    Never,  // also where the connection is encrypted already
    WhenOffered,
    Always,  // or nothing is sent
};

struct SenderSettings {
    std::string hostname;  // what we call ourselves
    Protocol protocol = Protocol::Smtp;
    Chunking chunking = Chunking::WhenSmall;
    std::uint64_t small = 64 * 1024;
    UseTls starttls = UseTls::Never;
    std::size_t transactions = 0;          // most in this session; 0: as many as the server allows
    std::optional<LoginSettings> login{};  // without it nothing is sent; none: nobody logs in
};

/// A message as far as the conversation needs to know it.
struct Outgoing {
    std::uint64_t id = 0;  // the caller's; comes back in WriteBody and Outcome
    Envelope envelope;
    std::uint64_t size = 0;        // octets, line ends as CRLF
    std::size_t longest_line = 0;  // without CRLF
    bool has_8bit = false;         // anywhere
    bool has_8bit_header = false;  // RFC 6532: needs SMTPUTF8
};

/// How far a conversation, or a message in it, came.
enum class Stage : std::uint8_t {
    Connect,
    Greeting,
    Hello,
    StartTls,
    Login,
    Mail,
    Rcpt,
    Data,
    Content,
    EndOfData,
    Quit
};
std::string_view to_text(Stage stage);

struct RecipientOutcome {
    enum class Result : std::uint8_t {
        Delivered,
        Deferred,
        Failed,
        NotTried,  // this connection did not get to it; another may, at once and at no cost to the schedule
    };
    Result result = Result::NotTried;
    Stage stage = Stage::Connect;   // where it was decided
    Reply reply;                    // the server's, or ours where `is_local`
    bool is_local = false;          // decided here: not offered, too large, connection lost
    bool dsn_passed_on = false;     // the server took over the NOTIFY duties (RFC 3461 §5.2.2)
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
struct Handshake {};
struct Idle {};
struct Finished {};
using SenderStep = std::variant<Write, WriteBody, AwaitReply, Handshake, Report, Idle, Finished>;

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
    /// After Handshake: what the server offered in the clear is forgotten (RFC 3207 §4.2). Or before anything else,
    /// where TLS comes first (RFC 8314). `channel` is for logging in, as sasl::ClientCredentials has it.
    void on_encrypted(std::string channel = {});
    /// The connection is gone, or a deadline passed.
    void lost(std::string_view why);

    /// What the server offered; nothing before it said so.
    const Extensions& extensions() const { return extensions_; }
    /// The refusal of the session as a whole (greeting, EHLO, HELO), if there was one. Another MX may do better.
    /// Why nothing is sent in this session although the server would take it: we want encryption. Empty: no such
    /// reason.
    const std::string& unencrypted() const { return unencrypted_; }
    /// Why we could not log in, without which nothing is sent. Empty: no such reason.
    const std::string& not_logged_in() const { return not_logged_in_; }
    /// The server does not like our credentials: another host of the same name will not either.
    bool is_login_refused() const { return login_ && login_->is_refused(); }
    const Reply* session_refusal() const { return session_refusal_.code ? &session_refusal_ : nullptr; }
    /// Whether there is still a conversation; not after QUIT, 421 or lost().
    bool is_open() const { return phase_ != Phase::Closed; }

private:
    enum class Phase : std::uint8_t { Hello, Ready, Quitting, Closed };
    enum class Kind : std::uint8_t {
        Greeting,
        Ehlo,
        Helo,
        StartTls,
        Auth,
        Rset,
        Mail,
        Rcpt,
        Data,
        EndOfData,
        EndOfNothing,
        Quit
    };

    /// What is to be written next for the message whose turn it is.
    enum class Part : std::uint8_t { Mail, Rcpt, Content, Body, Nothing };

    /// A message on its way. Where the server limits recipients it takes several transactions (rounds).
    struct Job {
        std::uint64_t number = 0;  // counted in this session
        Outgoing message;
        std::vector<RecipientOutcome> outcomes;
        std::vector<bool> is_final;      // of the recipients
        std::size_t open = 0;            // recipients that are not final
        std::vector<std::size_t> round;  // recipients asked for in this transaction
        std::size_t asked = 0;           // of them, how many RCPT are written
        std::vector<std::size_t> accepted;
        Part part = Part::Mail;
        bool is_prepared = false;
        bool is_under_way = false;  // from MAIL to the last reply of the transaction
        bool uses_bdat = false;
        bool use_smtputf8 = false;
        bool mail_accepted = false;
        bool has_answer = false;  // the server answered to this transaction
        bool is_ended = false;    // the end of the data is written
    };
    struct Expected {
        Kind kind = Kind::Greeting;
        std::uint64_t job = 0;
        std::size_t recipient = 0;  // in the envelope
    };

    // The conversation (sender.cc)
    void expect(Kind kind, std::uint64_t job = 0, std::size_t recipient = 0) {
        expected_.push_back({kind, job, recipient});
    }
    void advance();
    Job* job_to_start();
    void begin_round(Job& job);
    std::vector<std::size_t> next_round(const Job& job) const;
    void write_commands(Job& job);
    bool write_next(Job& job);
    bool may_write() const { return extensions_.pipelining || expected_.empty(); }
    bool is_full() const;
    void say_quit();
    SenderStep take_body();
    void close(const Reply& reply, bool is_local, Stage stage);
    static Stage stage_of(Kind kind);

    // What the server said (sender_replies.cc)
    void dispatch(const Expected& expected, Reply reply);
    void on_greeting(Reply reply);
    void on_ehlo(Reply reply);
    void on_helo(Reply reply);
    void on_starttls(Reply reply);
    void on_auth(const Reply& reply);
    void on_mail(Job& job, Reply reply);
    void on_rcpt(Job& job, std::size_t recipient, Reply reply);
    void on_refused_recipient(Job& job, std::size_t recipient, Reply reply);
    void on_data(Job& job, Reply reply);
    void on_end_of_data(Job& job, Reply reply);
    void end_round(Job& job);
    void refuse_session(Reply reply, Stage stage);
    void say_hello();
    void begin_mail();
    void demand_encryption(std::string why);
    void begin_login();
    void demand_login(std::string why);
    void send_nothing(Stage stage, const Reply& reply);
    Job& job(std::uint64_t number);

    // What a message needs, and how commands are written (sender_commands.cc)
    void prepare(Job& job);
    bool server_cannot_take(Job& job);
    bool wants_bdat(const Outgoing& message) const;
    std::string mail_command(const Job& job) const;
    std::string rcpt_command(const Job& job, const Recipient& recipient) const;

    static void conclude(Job& job, std::size_t recipient, RecipientOutcome outcome);
    static void conclude_open(Job& job, const RecipientOutcome& outcome);

    SenderSettings settings_;
    Extensions extensions_;
    Phase phase_ = Phase::Hello;
    std::deque<Job> jobs_;
    std::deque<Expected> expected_{{Kind::Greeting}};
    std::string output_;
    Job* writing_ = nullptr;  // whose commands or body are being written; deque elements stay where they are
    Reply session_refusal_;
    std::string unencrypted_;
    std::optional<Login> login_;
    std::string not_logged_in_;
    std::string channel_;
    bool is_encrypted_ = false;
    bool is_handshake_due_ = false;
    bool is_quitting_ = false;
    bool has_completed_ = false;  // some transaction came to its end
    bool needs_reset_ = false;    // a transaction may be open at the server
    std::uint64_t submitted_ = 0;
    std::uint64_t transactions_ = 0;
};

}  // namespace smtp
