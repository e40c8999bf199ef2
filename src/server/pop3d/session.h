#pragma once
// One conversation with a client, in POP3.
//
// This file moves octets and asks neighbours; what the octets mean is decided by pop3::Conversation. Who the client is
// says directory, in log_in(); the mailbox is read by a worker (mailbox.h). When the peer dies net::Gone unwinds the
// session, the mailbox goes with it, and nothing was deleted.

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "encryption/acceptor.h"
#include "ip/address.h"
#include "login/desk.h"
#include "logs/log.h"
#include "net/stream.h"
#include "pop3/conversation.h"
#include "pop3/multiline.h"
#include "pop3d/config.h"
#include "pop3d/mailbox.h"
#include "pop3d/mailroom.h"

namespace pop3d {

/// What a session shares with all others of its process.
struct Surroundings {
    const Config& config;
    login::Desk& logins;
    Mailroom& mailroom;
    encryption::Acceptor& acceptor;
    logs::Log& log;
};

/// Where the client came in.
struct Entrance {
    std::optional<ip::Endpoint> client;  // none: a local socket without addresses
    site::ListenTls tls = site::ListenTls::Off;
    const tls::Stream* secure = nullptr;  // that the session talks through, where it is encrypted from the start
    encryption::Certificates certificates = encryption::Certificates::NotAsked;
};

void note_encryption(logs::Log& log, const std::optional<ip::Endpoint>& client, const tls::Facts& facts);

class Session {
public:
    Session(net::Stream& stream, Entrance entrance, Surroundings around);
    net::Task<void> run();

    /// Empty: nobody has logged in.
    const std::string& account() const { return account_; }
    std::uint32_t retrieved() const { return retrieved_; }
    std::uint32_t deleted() const { return deleted_; }

private:
    net::Task<void> greet();
    net::Task<void> next_command();
    net::Task<void> carry_out(pop3::Step step);
    net::Task<bool> answer(pop3::Step& step);
    net::Task<void> start_tls(pop3::StartTls start);
    net::Task<void> await_command();

    directory::BeginLogin beginning(std::string mechanism) const;
    net::Task<pop3::Step> log_in(std::string mechanism, std::optional<std::string> initial);
    net::Task<pop3::Step> log_in_by_greeting(pop3::AskApop asked);
    net::Task<pop3::Step> take(directory::LoginStep said);
    net::Task<pop3::Step> open_mailbox(directory::LoginStep success);

    net::Task<pop3::Step> count(bool unmarks);
    template <typename Question>
    net::Task<pop3::Step> look(Question question);
    net::Task<pop3::Step> fetch(std::uint32_t message);
    net::Task<pop3::Step> update();
    net::Task<void> send_all(pop3::SendAll all);
    net::Task<void> send_message(pop3::SendMessage send);

    std::string_view unread() const { return std::string_view(in_).substr(read_); }
    void consume(std::size_t octets);
    net::Task<void> flush();
    const tls::Stream* secure() const { return entrance_.secure ? entrance_.secure : secure_.get(); }
    std::chrono::milliseconds patience() const;
    void note_opened(std::uint32_t messages) const;
    void note_trouble(const std::string& account, const std::string& trouble) const;

    net::Stream* stream_;
    Entrance entrance_;
    Surroundings around_;
    std::unique_ptr<tls::Stream> secure_;  // since STLS

    pop3::Conversation conversation_;
    pop3::LineReader lines_;
    std::string in_;  // what the client sent; [read_, end) is not yet looked at
    std::size_t read_ = 0;
    std::string out_;  // what leaves when nothing more is to be read (RFC 2449 §6.8)
    bool is_open_ = true;
    bool is_in_command_ = false;  // its beginning has been waited for; its deadline is set

    std::optional<login::Attempt> attempt_;
    std::optional<login::Attempt> apop_;  // its challenge is in the greeting
    std::string account_;
    std::unique_ptr<Mailbox> mailbox_;
    std::optional<Piece> piece_;  // of the message under way, the first
    std::uint32_t retrieved_ = 0;
    std::uint32_t deleted_ = 0;
};

}  // namespace pop3d
