#pragma once
// The server's side of a conversation in POP3: what may come when, and what is answered. RFC 1939 §3–§7; RFC 2449
// (CAPA, response codes, PIPELINING), RFC 2595 §4 (STLS), RFC 3206 (AUTH and SYS codes), RFC 5034 (AUTH), RFC 6856
// (UTF8, LANG), RFC 8314 §3 (no passwords in the clear).
//
// No sockets, no clock, no mailbox: it takes lines and answers and returns the next step. Its driver:
//
//     carry_out(conversation.start(challenge));         // the greeting
//     for each line from LineReader(conversation.expects()):
//         step = conversation.on(line);
//         while the step is a question (Ask…): find out, step = conversation.on(answer);
//         Say: send; StartTls: send, forget what was read, shake hands, conversation.on_tls(…);
//         SendAll, SendMessage: send the reply and what it announces; HangUp: send and close.
//
// Nothing is deleted but by AskUpdate, which only QUIT brings about (RFC 1939 §6): a client that just goes away has
// deleted nothing.

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "pop3/command.h"
#include "pop3/limits.h"
#include "pop3/line.h"
#include "pop3/reach.h"
#include "pop3/reply.h"

namespace pop3 {

/// What a client may log in with at this moment.
struct Logins {
    bool password = false;                // USER and PASS
    std::vector<std::string> mechanisms;  // of AUTH, upper case
};

struct Settings {
    std::string hostname;
    Logins logins;            // before TLS, or with it where it is there from the start
    bool offers_tls = false;  // STLS
    bool has_tls = false;     // from the start (RFC 8314 §3.3)
    std::size_t errors = most_errors;
    std::size_t failed_logins = most_failed_logins;
};

// ---- steps

struct Say {
    std::string octets;
};
/// Send the reply, throw away what the client has sent behind its command, and shake hands (RFC 2595 §4).
struct StartTls {
    Reply go_ahead;
};
/// Is this so? Answer with Login.
struct AskPassword {
    std::string name;
    std::string password;
};
/// Begins an exchange. Answer with Challenge or Login.
struct AskMechanism {
    std::string mechanism;
    std::optional<std::string> initial_response;
};
/// What the client has made of the challenge in the greeting (RFC 1939 §7). Answer with Login.
struct AskApop {
    std::string name;
    std::string digest;
};
/// Goes on with it. Answer with Challenge or Login.
struct AskResponse {
    std::string response;
};
/// The client has given the exchange up: forget it, and say this.
struct CancelExchange {
    Reply reply;
};
/// Answer with Count.
struct AskCount {};
/// How long is this message, or what is it called? Answer with Looked.
struct AskOne {
    enum class What : std::uint8_t { Size, UniqueId };
    What what = What::Size;
    std::uint32_t message = 0;
};
/// Send the reply, then a line "NUMBER SIZE" or "NUMBER ID" for each message that is not marked, and the end.
struct SendAll {
    Reply reply;
    AskOne::What what = AskOne::What::Size;
};
/// Open this message. Answer with Fetched.
struct AskMessage {
    std::uint32_t message = 0;
    std::optional<std::uint64_t> body_lines;  // TOP
};
/// Send the reply and the message that was opened.
struct SendMessage {
    Reply reply;
    std::optional<std::uint64_t> body_lines;
};
/// Mark a message as deleted. Answer with Looked.
struct AskMark {
    std::uint32_t message = 0;
};
/// Unmark all. Answer with Count.
struct AskUnmark {};
/// Delete what is marked. Answer with Updated.
struct AskUpdate {};
struct HangUp {
    Reply farewell;
};
using Step = std::variant<Say, StartTls, AskPassword, AskApop, AskMechanism, AskResponse, CancelExchange, AskCount,
                          AskOne, SendAll, AskMessage, SendMessage, AskMark, AskUnmark, AskUpdate, HangUp>;

// ---- answers

struct Challenge {
    std::string text;  // not encoded
};
struct Login {
    enum class Outcome : std::uint8_t {
        Open,         // logged in, and the maildrop is open and locked
        Wrong,        // the credentials are not good, or not for POP3
        Malformed,    // what was said is no response of that mechanism
        NotOffered,   // there is no such mechanism, or not for this client
        InUse,        // another session has the maildrop
        Later,        // something of ours does not work at the moment
        Unavailable,  // this account has no mailbox that can be read: somebody must change something
        Abusive,      // so many have failed that we do not even look
    };
    Outcome outcome = Outcome::Later;
    std::uint32_t messages = 0;
};
/// What is not marked.
struct Count {
    std::uint32_t messages = 0;
    std::uint64_t octets = 0;
};
struct Looked {
    Reach reach = Reach::Failing;
    std::string text{};  // Here: the answer
};
struct Fetched {
    Reach reach = Reach::Failing;
};
struct Updated {
    std::uint32_t left = 0;  // marked, and could not be deleted
    std::uint32_t remaining = 0;
};

class Conversation {
public:
    explicit Conversation(Settings settings) : settings_(std::move(settings)), has_tls_(settings_.has_tls) {}

    /// `challenge`: a msg-id for APOP, never the same (RFC 1939 §7); empty: it is not offered.
    Step start(std::string_view challenge = {});
    Step on(const Line& line);
    Step on(std::expected<Command, SyntaxError> said);
    Step on(const Challenge& challenge);
    Step on(const Login& login);
    Step on(const Count& count);
    Step on(const Looked& looked);
    Step on(const Fetched& fetched);
    Step on(const Updated& updated);
    /// The maildrop is lost: nothing can be done but to say so.
    Step on_loss();
    /// The handshake has succeeded: what was said before it counts no more.
    void on_tls(Logins logins);

    LineReader::Expect expects() const;
    bool is_logged_in() const { return state_ == State::Transaction; }

private:
    enum class State : std::uint8_t { Authorization, Exchange, Transaction, Over };

    Step handle(User& user);
    Step handle(Pass& pass);
    Step handle(Apop& apop);
    Step handle(Auth& auth);
    Step handle(Capa&);
    Step handle(Stls&);
    Step handle(Utf8&);
    Step handle(Lang& lang);
    Step handle(Stat&);
    Step handle(List& list);
    Step handle(Uidl& uidl);
    Step handle(Retr& retr);
    Step handle(Top& top);
    Step handle(Dele& dele);
    Step handle(Noop&);
    Step handle(Rset&);
    Step handle(Last&);
    Step handle(Quit&);

    Step refuse(Reply reply);
    Step first_log_in();
    Step fail_login(Reply reply);
    Step listing(AskOne::What what, std::optional<std::uint32_t> message);
    Step take_response(std::string_view line);
    std::vector<std::string> capabilities() const;
    Reply refusal(Reach reach) const;
    bool is_there(std::uint32_t message) const { return message <= messages_; }

    Settings settings_;
    State state_ = State::Authorization;
    bool has_tls_ = false;
    bool is_utf8_ = false;
    bool has_challenge_ = false;       // in the greeting, and nobody has used it
    std::optional<std::string> user_;  // from USER to PASS
    std::uint32_t messages_ = 0;       // when the session began
    std::uint32_t last_ = 0;           // the highest number retrieved or deleted
    std::uint32_t asked_about_ = 0;
    std::optional<std::uint64_t> body_lines_;
    enum class About : std::uint8_t { Listing, Mark, Stat, Unmark, Update } about_ = About::Stat;
    std::size_t errors_ = 0;
    std::size_t failed_logins_ = 0;
};

}  // namespace pop3
