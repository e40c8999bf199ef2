#pragma once
// One conversation with a client, in SMTP or LMTP.
//
// This file moves octets and asks neighbours; what the octets mean is decided by smtp::Receiver. RCPT TO is looked up
// in admit_recipient(), a message becomes durable in commit(). When the peer dies net::Gone unwinds the session, and
// the listener logs it once.

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "clocks/clock.h"
#include "encryption/acceptor.h"
#include "ip/address.h"
#include "logs/log.h"
#include "net/stream.h"
#include "smtp/command_line.h"
#include "smtp/receiver.h"
#include "smtpd/client_login.h"
#include "smtpd/config.h"
#include "smtpd/message.h"
#include "smtpd/patience.h"
#include "smtpd/sender_check.h"
#include "submitter/directory.h"
#include "submitter/opinions.h"
#include "submitter/queue.h"

namespace smtpd {

/// What a session shares with all others of its process.
struct Surroundings {
    const Config& config;
    submitter::Directory& directory;
    submitter::Queue& queue;
    submitter::Opinions& opinions;
    encryption::Acceptor& acceptor;
    logs::Log& log;
    const clocks::Clock& clock;
    const bool& is_under_stress;  // nine of ten connections are taken: nobody may dawdle
};

/// Where the client came in.
struct Entrance {
    smtp::Protocol protocol = smtp::Protocol::Smtp;
    std::optional<ip::Endpoint> client;  // none: a local socket without addresses
    smtp::Encryption encryption = smtp::Encryption::None;
    const tls::Stream* secure = nullptr;  // that the session talks through, where it is encrypted from the start
    ClientLogin::Offer login = ClientLogin::Offer::None;
    encryption::Certificates certificates = encryption::Certificates::NotAsked;
};

void note_encryption(logs::Log& log, const std::optional<ip::Endpoint>& client, const tls::Facts& facts);

/// By which name its TLS goes: sessions of one are not resumed in another.
const tls::Service& service_of(const Entrance& entrance);

class Session {
public:
    /// `early`: octets that were read already.
    Session(net::Stream& stream, Entrance entrance, Surroundings around, std::string early = {});

    net::Task<void> run();
    /// Connections have become scarce: whoever is being waited for now has only the time that stress leaves them.
    void hurry();
    /// What the connection is encrypted by; none: nothing.
    const tls::Stream* secure() const { return entrance_.secure ? entrance_.secure : secure_.get(); }

    std::size_t messages() const { return messages_; }

private:
    net::Task<std::size_t> wait_before_greeting();
    bool is_over() const;
    net::Task<void> next_command();
    net::Task<void> await_command();
    net::Task<void> carry_out(smtp::Step step);
    net::Task<bool> answer(smtp::Step& step);
    net::Task<void> begin_tls(smtp::Reply go_ahead);
    net::Task<smtp::Reply> admit_recipient(smtp::Mailbox mailbox);
    net::Task<smtp::EndOfContent> take_data(const smtp::TakeMessage& step);
    net::Task<smtp::EndOfContent> take_chunk(const smtp::TakeChunk& step);
    net::Task<smtp::Reply> admit_sender(const smtp::AskSender& sender);
    net::Task<smtp::Reply> admit_author();
    net::Task<void> check_sender(std::string reverse_path);
    std::int64_t now() const;
    std::optional<std::int64_t> release() const;
    net::Task<smtp::Reply> commit();
    bool is_stranger() const;
    std::optional<ip::Address> stranger() const;
    bool is_examined() const;
    smtp::EndOfContent end_of_content();
    policyd::Examine circumstances() const;

    std::chrono::milliseconds command_timeout() const;
    std::chrono::milliseconds command_deadline() const;
    Patience::Terms data_terms() const;
    net::Task<void> read_content();
    void begin_message();
    spool::Envelope envelope();
    void note_judgement(const policyd::Judgement& judgement, std::uint64_t id);
    void note_refusal(std::string_view phase, std::string_view recipient, const smtp::Reply& reply);

    mime::Submission submission(std::int64_t now) const;
    std::string origin() const;
    std::string client_text() const;

    std::string_view unread() const { return std::string_view(in_).substr(read_); }
    void consume(std::size_t octets);
    net::Task<void> read_more(std::size_t most);
    net::Task<void> flush();
    void say(const smtp::Reply& reply) { out_ += reply.wire(); }

    net::Stream* stream_;  // the connection, or secure_
    Entrance entrance_;
    Surroundings around_;
    bool may_relay_ = false;
    bool talked_early_ = false;

    std::unique_ptr<tls::Stream> secure_;  // since STARTTLS
    smtp::Receiver receiver_;
    ClientLogin login_;
    SenderCheck sender_check_;
    smtp::LineReader lines_;
    std::string in_;  // what the client sent; [read_, end) is not yet looked at
    std::size_t read_ = 0;
    std::string out_;  // replies that leave together when nothing more is to be read (RFC 2920 §3.2)
    bool is_open_ = true;
    clocks::Steady began_;

    std::vector<std::vector<spool::Recipient>> resolved_;  // for each recipient accepted: who receives in its place
    std::size_t receivers_ = 0;                            // all of them
    std::optional<smtp::Hold> hold_;                       // the message is to be released later
    std::optional<Message> message_;
    Patience patience_;           // with the message that comes in
    bool is_in_command_ = false;  // its beginning has been waited for; its deadline is set
    std::size_t messages_ = 0;
};

}  // namespace smtpd
