#pragma once
// The server's side of a conversation in SMTP or LMTP: what may come when, and what is answered. RFC 5321 §4.1.4, §4.3;
// RFC 2033 (LMTP), RFC 2920 (pipelining), RFC 3030 (BDAT), RFC 6531 (SMTPUTF8), RFC 9422 (LIMITS).
//
// No sockets, no clock: it takes lines and verdicts and returns the next step. Its driver:
//
//     carry_out(receiver.start(buffered));              // the greeting
//     for each line from LineReader:
//         step = receiver.on(line, buffered);
//         while the step is a question (AskSender, AskRecipient, AskMessage, AskLogin…): find out, step =
//         receiver.on(verdict); TakeMessage: send the reply, DataDecoder up to the lone dot, step =
//         receiver.on(EndOfContent{fault}); TakeChunk: ChunkReader for so many octets (or throw them away), step =
//         receiver.on(EndOfContent{fault}); Say, SayEach: send; HangUp: send and close.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <variant>
#include <vector>

#include "smtp/command.h"
#include "smtp/command_line.h"
#include "smtp/content.h"
#include "smtp/envelope.h"
#include "smtp/extensions.h"
#include "smtp/limits.h"
#include "smtp/reply.h"

namespace smtp {

enum class Protocol : std::uint8_t { Smtp, Lmtp };

/// What a server has the client do about encryption. RFC 3207
enum class Encryption : std::uint8_t {
    None,      // there is none
    Offered,   // by STARTTLS
    Required,  // by STARTTLS, before anything of use (530 5.7.0)
    Present,   // from the first octet on (RFC 8314 §3)
};

/// How clients log in (RFC 4954), on the connection as it is now. Names of mechanisms are in upper case.
struct Authentication {
    std::vector<std::string> offered;
    std::vector<std::string> if_encrypted;  // only with TLS, which is not there: 538 5.7.11
    bool is_required = false;               // nobody sends mail without (RFC 6409 §4.3): 530 5.7.0

    bool exists() const { return !offered.empty() || !if_encrypted.empty(); }
};

struct ReceiverSettings {
    std::string hostname;
    Protocol protocol = Protocol::Smtp;
    Encryption encryption = Encryption::None;
    std::uint64_t message_size = default_message_size;  // never 0
    std::size_t recipients = most_recipients;           // in one transaction
    std::size_t transactions = 100'000;                 // in one session
    std::size_t junk_commands = most_junk_commands;
    std::size_t errors = most_errors;  // lower under load
    std::size_t errors_before_delay = smtp::errors_before_delay;
    std::chrono::seconds delay{1};  // of the first reply that is late; each that follows waits as much longer
    std::chrono::seconds longest_delay{10};
    bool binary_mime = false;  // off: what does not offer BINARYMIME further on would have to be bounced
};

/// Send it and read on. With a delay, send it only so much later: the client has made many errors.
struct Say {
    Reply reply;
    std::chrono::seconds delay{0};
};
/// LMTP, after the message: one reply for each recipient accepted (RFC 2033 §4.2). They are all the same: a message is
/// taken for all its recipients or for none, and what becomes of each later its sender hears from the queue.
struct SayEach {
    std::vector<Reply> replies;
};
/// May mail with this reverse-path come in now? The envelope under construction has all of MAIL already.
struct AskSender {
    std::optional<Mailbox> reverse_path;
    std::uint64_t declared_size = 0;  // 0: not declared
    std::optional<Hold> hold = {};    // it is to be released later; its driver knows whether it may be
};
/// May mail for this mailbox come in? The bare <postmaster> comes with our host name as its domain.
struct AskRecipient {
    Mailbox mailbox;
};
/// Send the go-ahead, then read up to the lone dot.
struct TakeMessage {
    Reply go_ahead;
};
/// Read exactly so many octets; no go-ahead (RFC 3030 §2).
struct TakeChunk {
    enum class Use : std::uint8_t {
        Keep,
        Discard,  // read and forget; the answer is already known
    };
    std::uint64_t size = 0;
    bool last = false;
    Use use = Use::Keep;
    bool is_first = false;  // of its message: begin with a new ChunkReader
};
/// The message is complete and in order: make it safe, then answer. The envelope is complete.
struct AskMessage {};
struct HangUp {
    Reply farewell;
};
/// Send the go-ahead, throw away what came behind the command (RFC 3207 §4.2 has nothing there; hostile: somebody put
/// it there), do the handshake, then call on_encrypted(). Where there is no agreement the connection ends.
struct BeginTls {
    Reply go_ahead;
};
/// The client wants to log in: begin an exchange, answer by a LoginStep.
struct AskLogin {
    std::string mechanism;  // one that is offered
    std::optional<std::string> initial;
};
/// It goes on with it.
struct AskLoginResponse {
    std::string response;  // decoded
};
using Step = std::variant<Say, SayEach, AskSender, AskRecipient, TakeMessage, TakeChunk, AskMessage, HangUp, BeginTls,
                          AskLogin, AskLoginResponse>;

/// The answer to a question. A positive reply accepts.
struct Verdict {
    Reply reply;
};
/// The answer to AskLogin and AskLoginResponse.
struct LoginStep {
    std::optional<std::string> challenge;  // send it (334) and read the response
    Reply reply = {};                      // else: 235 is success
};
/// The message, or the chunk, has been read to its end. Without LAST the fault may already be told, or later.
struct EndOfContent {
    std::optional<ContentFault> fault;
};

/// What clients hear who speak before they are greeted (RFC 5321 §4.3.1).
Reply too_early();

class Receiver {
public:
    explicit Receiver(ReceiverSettings settings) : settings_(std::move(settings)) {}

    /// `early`: octets that came before we spoke. Hostile: only a client that does not listen sends them (§3.1,
    /// §4.3.1).
    Step start(std::size_t early = 0);

    /// `behind`: octets already buffered behind this line.
    Step on(const CommandLine& line, std::size_t behind = 0);
    Step on(std::expected<Command, SyntaxError> said, std::size_t behind = 0);
    Step on(Verdict verdict);
    Step on(const EndOfContent& end);
    /// Everything the client said so far is forgotten, as anybody may have said it (RFC 3207 §4.2).
    void on_encrypted();
    bool is_encrypted() const { return is_encrypted_ || settings_.encryption == Encryption::Present; }
    Step on(LoginStep step);

    /// Before start(), and each time that the connection has become another.
    void offer(Authentication authentication) { authentication_ = std::move(authentication); }
    /// Those who have logged in may have their mail released later (RFC 4865); with these limits in EHLO. Before
    /// start(). Empty: nobody may.
    void offer_future_release(std::string limits) { future_release_ = std::move(limits); }
    bool is_authenticated() const { return is_authenticated_; }
    /// The next line is a response of the exchange, or gives it up. False once it is over, however it ended.
    bool is_logging_in() const { return is_logging_in_; }
    /// Of the next line, without its end.
    std::size_t longest_line() const;

    /// Complete when AskMessage is returned; empty again once that is answered.
    const Envelope& envelope() const { return envelope_; }
    Envelope take_envelope() { return std::move(envelope_); }

    /// Between two chunks of one message (RFC 3030).
    bool is_between_chunks() const { return transport_ == Transport::Bdat; }

    /// As the client called itself, printable ASCII; empty before HELO.
    const std::string& helo() const { return helo_; }
    /// The "with" clause of Received: SMTP, ESMTP, ESMTPS, ESMTPSA, LMTPS, UTF8SMTPSA… (RFC 3848, RFC 6531 §4.3).
    std::string with_protocol() const;
    Extensions extensions() const;

private:
    enum class Awaiting : std::uint8_t { Command, SenderVerdict, RecipientVerdict, Content, MessageVerdict, LoginStep };
    enum class Transport : std::uint8_t { None, Data, Bdat };

    Step handle(Helo& helo);
    Step handle(Ehlo& ehlo);
    Step handle(Lhlo& lhlo);
    Step handle(Mail& mail);
    Step handle(Rcpt& rcpt);
    Step handle(Data&);
    Step handle(const Bdat& bdat);
    Step handle(Rset&);
    Step handle(Noop&);
    Step handle(Vrfy& vrfy);
    Step handle(Expn&);
    Step handle(Help&);
    Step handle(Quit&);
    Step handle(StartTls&);
    Step handle(Auth& auth);
    Step handle(NotOffered&);
    Step handle(Override&);
    Step handle(Foreign&);
    Step handle(Unknown&);

    Step hello(std::string domain, bool is_extended);
    std::optional<Reply> flaw_of_hold(const Mail& mail) const;
    Step refuse(Reply reply);
    Step junk(Reply reply);
    Step close(Reply reply);
    Step accept_sender(Reply reply);
    Step accept_recipient(Reply reply);
    Step excess(Reply reply);
    Step refuse_body(Reply reply);
    Step on_login_line(const CommandLine& line);
    Step end_login(Reply reply);
    Step close_for_junk();
    Step finish(Reply reply);
    Step discard_chunk(const Bdat& bdat, Reply reply);
    Step end_message(std::optional<ContentFault> fault);
    bool may_hold() const { return !future_release_.empty() && authentication_.exists(); }
    bool has_recipient(const std::string& address) const;
    bool may_start_tls() const;
    std::optional<Step> refuse_unencrypted(const Command& command);
    bool is_lmtp() const { return settings_.protocol == Protocol::Lmtp; }
    void reset_transaction();

    ReceiverSettings settings_;
    Authentication authentication_;
    std::string future_release_;
    bool is_logging_in_ = false;
    bool is_authenticated_ = false;
    std::string helo_;
    bool is_extended_ = false;  // EHLO or LHLO
    bool is_encrypted_ = false;

    Awaiting awaiting_ = Awaiting::Command;
    bool is_open_ = false;  // from MAIL to the end of the message
    Envelope envelope_;
    std::unordered_set<std::string> known_recipients_;  // only when there are many
    std::size_t replies_due_ = 0;                       // LMTP: one for each RCPT accepted
    Recipient asked_about_;
    Transport transport_ = Transport::None;
    bool body_refused_ = false;  // DATA was; a body may follow all the same
    Bdat chunk_;                 // under way
    std::optional<Reply> chunk_refusal_;
    std::uint64_t chunks_size_ = 0;  // of this message so far
    std::uint64_t discarded_ = 0;    // octets of refused chunks in this session

    std::size_t behind_ = 0;
    std::size_t transactions_ = 0;
    std::size_t excess_ = 0;  // recipients beyond the limit, or named again
    std::size_t junk_ = 0;
    std::size_t errors_ = 0;
};

}  // namespace smtp
