#pragma once
// One conversation with a server: moves octets between a connection and smtp::Sender, which knows what to say.
// RFC 5321 §3, §4.5.3.2 (time-outs); RFC 2920 (pipelining).
//
// In a busy conversation each message costs one write and one read: its body leaves together with the next message's
// commands, and the replies to both come back together.
//
// This is where net::Gone is caught: to the messages under way it is an outcome, and to everybody else a conversation
// that is over.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "clocks/clock.h"
#include "net/stream.h"
#include "relay/job.h"
#include "site/relay.h"
#include "smtp/data.h"
#include "smtp/reply_reader.h"
#include "smtp/sender.h"
#include "tls/client.h"

namespace relay {

/// Where messages come from, and where it is said how they went.
class Work {
public:
    virtual ~Work() = default;
    /// The next message, if there is one now. It stays the caller's until it is reported.
    virtual Job* next() = 0;
    virtual void report(smtp::Outcome outcome) = 0;
};

/// A reply that takes longer than this to arrive, from its first octet to its last, is not waited for.
constexpr std::chrono::milliseconds longest_reply_time = std::chrono::minutes(5);
/// Nothing is at stake any more when QUIT has been said.
constexpr std::chrono::milliseconds quit_timeout = std::chrono::seconds(5);

/// By whom, and as whom the server is to be known, a conversation is encrypted.
struct Encryption {
    std::shared_ptr<tls::Client> client;  // with the streams it made; none: no encryption
    tls::Peer peer;
    bool is_implicit = false;  // before the greeting
};

class Conversation {
public:
    Conversation(std::unique_ptr<net::Stream> stream, smtp::SenderSettings settings, Encryption encryption,
                 const site::Relay& timeouts, const clocks::Clock& clock);

    /// Greeting and EHLO. False: the server refused, or is gone; see refusal() and why_lost().
    net::Task<bool> open();
    /// Messages, until there are none for the moment (true) or the conversation is over (false).
    net::Task<bool> serve(Work& work);
    /// QUIT, as RFC 5321 §4.1.1.10 wants it.
    net::Task<void> leave();
    /// Ends whatever is under way, as if the server had gone.
    void abandon();

    /// After open() said false: what the server answered, if it did, and to what.
    const smtp::Reply* refusal() const { return refused_at_ ? sender_.session_refusal() : nullptr; }
    std::optional<smtp::Stage> refused_at() const { return refused_at_; }
    /// Why there is no connection any more, unless both sides agreed to end it.
    const std::string& why_lost() const { return why_lost_; }
    /// Why we wanted nothing of a server that does not encrypt; empty: that is not the reason.
    const std::string& unencrypted() const { return sender_.unencrypted(); }
    /// Why we could not log in; empty: that is not the reason.
    const std::string& not_logged_in() const { return sender_.not_logged_in(); }
    bool is_login_refused() const { return sender_.is_login_refused(); }
    /// There was no agreement on encryption, for no other reason.
    bool has_failed_to_encrypt() const { return has_failed_to_encrypt_; }
    /// None: it is not encrypted.
    const tls::Facts* encryption() const { return secure_ ? &secure_->facts() : nullptr; }
    bool is_encryption_offered() const { return sender_.extensions().starttls; }

private:
    net::Task<void> run(Work* work);
    void take_messages(Work& work);
    void report(smtp::Outcome outcome, Work* work);
    bool take_without_waiting(const smtp::SenderStep& step);
    net::Task<void> carry_out(smtp::SenderStep step);
    void write_inline(const Message& message, smtp::WriteBody::Form form);
    net::Task<void> write_pieces(const Message& message, smtp::WriteBody::Form form);
    net::Task<void> begin_tls();
    net::Task<void> encrypt();
    net::Task<void> flush();
    net::Task<void> read_reply(smtp::Stage stage);
    bool has_reply();
    void take_reply();
    void lose(std::string_view why);
    Job& job(std::uint64_t number);

    net::Stream& stream() { return secure_ ? static_cast<net::Stream&>(*secure_) : *stream_; }

    std::unique_ptr<net::Stream> stream_;
    std::unique_ptr<tls::Stream> secure_;  // over stream_
    Encryption encryption_;
    bool has_failed_to_encrypt_ = false;
    smtp::Sender sender_;
    const site::Relay& timeouts_;
    const clocks::Clock& clock_;
    std::string output_;
    std::string input_;
    std::size_t input_used_ = 0;
    smtp::ReplyReader replies_;
    smtp::Stage stage_ = smtp::Stage::Connect;
    std::optional<smtp::Stage> refused_at_;
    std::string why_lost_;
    bool is_abandoned_ = false;
    std::vector<Job*> jobs_;  // handed over to sender_, not yet reported
};

}  // namespace relay
