#pragma once
// The server's side of an authentication: who does the client say he is, and can he prove it? RFC 4422.
//
// Pure, so it runs where the secrets are (in directory), and in tests with a nonce that is known. An exchange takes the
// client's responses, decoded, and answers to its questions, and returns the next step:
//
//     auto exchange = sasl::make_exchange(Mechanism::ScramSha256, circumstances);
//     step = exchange->start(initial_response);
//     Challenge:                                  send it, step = exchange->on_response(…)
//     CheckPassword, FindScramKeys, FindSecret…:  find out, step = exchange->on_answer(…)
//     Success, Failure:                           it is over
//
// Where the protocol around has no room for data with success (SMTP, POP3) that data is a challenge which the client
// answers with nothing (RFC 4954 §4, RFC 5034 §4); exchanges end like that here.
//
// Hostile: the client has proved nothing yet, and the process that passes its words on talks to strangers.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "sasl/mechanism.h"
#include "sasl/scram.h"

namespace sasl {

/// What an exchange is made in, and cannot know by itself.
struct Circumstances {
    std::string hostname;         // ours, for CRAM-MD5
    std::string nonce;            // printable ASCII without commas, unpredictable, never used before
    std::int64_t time = 0;        // seconds since 1970, for CRAM-MD5
    std::string channel;          // octets of tls-exporter (RFC 9266); empty: the channel is not bound to anything
    bool offers_binding = false;  // a -PLUS mechanism is offered here: who says it is not was deceived
    std::string certificate;      // whom the client's certificate belongs to; empty: none was shown
};

struct Challenge {
    std::string octets;
};
/// Is this the password of that user? Answer: a Verdict. Both are prepared (prepare.h) where they can be.
struct CheckPassword {
    std::string user;
    std::string password;
};
/// Answer: ScramKeys, or none. Hostile: none tells everybody that there is no such user; keys_of_nobody() does not.
struct FindScramKeys {
    std::string user;
    crypto::Digest digest = crypto::Digest::Sha256;
};
/// Answer: the password itself, or none.
struct FindSecret {
    std::string user;
};
/// Does the issuer say that this token is good, and that user's? Answer: a Verdict. The user may be empty: the token
/// says who it is.
struct CheckToken {
    std::string user;
    std::string token;
};
/// May the owner of the certificate log in as this user? Answer: a Verdict.
struct CheckCertificate {
    std::string certificate;
    std::string user;  // empty: whoever it belongs to
};
struct Success {
    std::string user;  // as the client wrote it, prepared; what account that is, the directory knows
};
struct Failure {
    enum class Reason : std::uint8_t {
        Malformed,  // it is not what this mechanism says
        Rejected,   // unknown user, wrong password, bad proof: one answer to all of them
    };
    Reason reason = Reason::Rejected;
    std::string error = {};  // SCRAM's word for it (RFC 5802 §7), for tests and logs; the client is not told
    std::string user = {};   // whom it was about, where that is known
};
using Step =
    std::variant<Challenge, CheckPassword, FindScramKeys, FindSecret, CheckToken, CheckCertificate, Success, Failure>;

struct Verdict {
    bool is_good = false;
    std::string user = {};  // where the question had none
};
using Answer = std::variant<Verdict, std::optional<ScramKeys>, std::optional<std::string>>;

class Exchange {
public:
    virtual ~Exchange() = default;

    /// None: the client sent no initial response. An empty one is something else (RFC 4954 §4: "=").
    Step start(std::optional<std::string_view> initial);
    Step on_response(std::string_view response);
    /// Of the kind that the question asks for.
    Step on_answer(const Answer& answer);
    /// As whom the client wants to log in, once it has said so.
    const std::string& user() const { return user_; }

protected:
    /// What the client hears before it has said anything: nothing, where it begins (RFC 4422 §5).
    virtual std::string greeting() { return {}; }
    /// A first response may come with the command itself.
    virtual bool may_begin() const { return true; }
    virtual Step respond(std::string_view response) = 0;
    virtual Step decide(const Answer& answer) = 0;

    Failure rejected(std::string error = {}) const { return {Failure::Reason::Rejected, std::move(error), user_}; }
    Failure malformed(std::string error = {}) const { return {Failure::Reason::Malformed, std::move(error), user_}; }
    Step judge(const Answer& answer);

    std::string user_;
};

/// A SCRAM mechanism that binds the channel needs Circumstances::channel, EXTERNAL a certificate: without, they fail.
std::unique_ptr<Exchange> make_exchange(Mechanism mechanism, Circumstances circumstances);

}  // namespace sasl
