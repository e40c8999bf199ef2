// The course of a conversation: who is asked what, when it ends. Commands are in receiver_commands.cc.
#include "smtp/receiver.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "lang/verify.h"
#include "text/base64.h"

namespace smtp {
namespace {

constexpr std::size_t many_recipients = 16;  // up to here looking through the list is fastest

}  // namespace

Reply too_early() { return {554, "5.5.0", "You did not wait for the greeting"}; }

Step Receiver::start(std::size_t early) {
    if (early > 0) return close(too_early());
    return Say{{220, "", settings_.hostname + (is_lmtp() ? " LMTP" : " ESMTP")}};
}

Step Receiver::on(const CommandLine& line, std::size_t behind) {
    if (is_logging_in_) return on_login_line(line);
    switch (line.kind) {
        case CommandLine::Kind::Line: return on(parse_command(line.text), behind);
        case CommandLine::Kind::TooLong: return refuse({500, "5.5.2", "Line too long"});
        case CommandLine::Kind::BareLineFeed: return close({500, "5.5.2", "Lines end in CR and LF"});
        case CommandLine::Kind::Flood: return close({500, "5.5.2", "Line much too long"});
        case CommandLine::Kind::NeedMore: break;
    }
    VERIFY(line.kind != CommandLine::Kind::NeedMore);
    std::unreachable();
}

Step Receiver::on(std::expected<Command, SyntaxError> said, std::size_t behind) {
    VERIFY(awaiting_ == Awaiting::Command);
    behind_ = behind;
    // Hostile: the client did not look at our refusal of DATA, so what comes now is a message and not commands.
    const bool body_was_refused = std::exchange(body_refused_, false);
    if (body_was_refused && (!said || std::holds_alternative<Unknown>(*said)))
        return close({554, "5.5.0", "That was not asked for"});
    if (!said && said.error().after == SyntaxError::After::Close) return close(std::move(said.error().reply));
    if (!said) return refuse(std::move(said.error().reply));
    if (auto refused = refuse_unencrypted(*said)) return std::move(*refused);
    return std::visit([this](auto& command) { return handle(command); }, *said);
}

Step Receiver::on(Verdict verdict) {
    const auto asked = std::exchange(awaiting_, Awaiting::Command);
    VERIFY(asked != Awaiting::Command && asked != Awaiting::Content && asked != Awaiting::LoginStep);
    if (verdict.reply.code == 421) return close(std::move(verdict.reply));
    if (asked == Awaiting::MessageVerdict) return finish(std::move(verdict.reply));
    if (!verdict.reply.is_positive()) {
        if (asked == Awaiting::SenderVerdict) reset_transaction();
        // A client that comes back later as it is told has done nothing wrong.
        return verdict.reply.is_permanent() ? refuse(std::move(verdict.reply)) : Say{std::move(verdict.reply)};
    }
    return asked == Awaiting::SenderVerdict ? accept_sender(std::move(verdict.reply))
                                            : accept_recipient(std::move(verdict.reply));
}

Step Receiver::accept_sender(Reply reply) {
    is_open_ = true;
    ++transactions_;
    return Say{std::move(reply)};
}

Step Receiver::accept_recipient(Reply reply) {
    if (envelope_.recipients.size() >= many_recipients) {
        if (known_recipients_.empty()) {
            for (const auto& known : envelope_.recipients) known_recipients_.insert(known.address);
        }
        known_recipients_.insert(asked_about_.address);
    }
    if (is_lmtp()) ++replies_due_;
    envelope_.recipients.push_back(std::move(asked_about_));
    return Say{std::move(reply)};
}

// RFC 2033 §4.2: a name given twice has two replies.
Step Receiver::finish(Reply reply) {
    if (reply.is_positive()) errors_ = junk_ = 0;
    const auto copies = replies_due_;
    reset_transaction();
    if (is_lmtp()) return SayEach{std::vector<Reply>(copies, reply)};
    return reply.is_permanent() ? refuse(std::move(reply)) : Say{std::move(reply)};
}

Step Receiver::on(const EndOfContent& end) {
    VERIFY(awaiting_ == Awaiting::Content);
    awaiting_ = Awaiting::Command;
    if (transport_ == Transport::Data || chunk_refusal_) return end_message(end.fault);
    chunks_size_ += chunk_.size;
    if (chunk_.last || end.fault) return end_message(end.fault);
    return Say{{250, "2.0.0", fmt::format("{} octets received", chunk_.size)}};
}

Step Receiver::end_message(std::optional<ContentFault> fault) {
    if (chunk_refusal_) return refuse(*std::exchange(chunk_refusal_, std::nullopt));
    if (fault && transport_ == Transport::Bdat && !chunk_.last) {  // one reply, as for any chunk but the last
        reset_transaction();
        return refuse(refusal(*fault));
    }
    if (fault) return finish(refusal(*fault));
    awaiting_ = Awaiting::MessageVerdict;
    return AskMessage{};
}

// ---- logging in: RFC 4954 §4

std::size_t Receiver::longest_line() const {
    return authentication_.exists() && !is_authenticated_ ? longest_auth_line : longest_command_line;
}

Step Receiver::on_login_line(const CommandLine& line) {
    switch (line.kind) {
        case CommandLine::Kind::TooLong: return end_login({500, "5.5.6", "Line too long"});
        case CommandLine::Kind::BareLineFeed: return close({500, "5.5.2", "Lines end in CR and LF"});
        case CommandLine::Kind::Flood: return close({500, "5.5.2", "Line much too long"});
        case CommandLine::Kind::Line:
        case CommandLine::Kind::NeedMore: break;
    }
    VERIFY(line.kind == CommandLine::Kind::Line);
    if (line.text == "*") return end_login({501, "5.7.0", "Given up"});
    auto response = text::parse_base64(line.text);
    if (!response) return end_login({501, "5.5.2", "That is not base64"});
    awaiting_ = Awaiting::LoginStep;
    return AskLoginResponse{std::move(*response)};
}

Step Receiver::on(LoginStep step) {
    VERIFY(std::exchange(awaiting_, Awaiting::Command) == Awaiting::LoginStep);
    if (step.challenge) {
        is_logging_in_ = true;
        return Say{{334, "", text::to_base64(*step.challenge)}};
    }
    return end_login(std::move(step.reply));
}

Step Receiver::end_login(Reply reply) {
    is_logging_in_ = false;
    if (reply.code == 421) return close(std::move(reply));
    if (!reply.is_positive()) return reply.is_permanent() ? refuse(std::move(reply)) : Say{std::move(reply)};
    is_authenticated_ = true;
    return Say{std::move(reply)};
}

Step Receiver::refuse(Reply reply) {
    if (++errors_ >= settings_.errors) return close({421, "4.7.0", "Too many errors"});
    if (errors_ <= settings_.errors_before_delay) return Say{std::move(reply)};
    const auto late = static_cast<int>(errors_ - settings_.errors_before_delay);
    return Say{std::move(reply), std::min(late * settings_.delay, settings_.longest_delay)};
}

Step Receiver::junk(Reply reply) {
    if (++junk_ > settings_.junk_commands) return close_for_junk();
    return Say{std::move(reply)};
}

Step Receiver::close_for_junk() { return close({421, "4.7.0", "Too many commands without a message"}); }

Step Receiver::close(Reply reply) {
    reset_transaction();
    return HangUp{std::move(reply)};
}

void Receiver::reset_transaction() {
    is_open_ = false;
    envelope_ = {};
    known_recipients_.clear();
    replies_due_ = 0;
    transport_ = Transport::None;
    chunks_size_ = 0;
    excess_ = 0;
}

// RFC 3848 §1: whoever is encrypted or logged in is extended.
std::string Receiver::with_protocol() const {
    const std::string basis = envelope_.smtputf8 ? (is_lmtp() ? "UTF8LMTP" : "UTF8SMTP")
                              : is_lmtp()        ? "LMTP"
                              : is_extended_     ? "ESMTP"
                                                 : "SMTP";
    if (!is_encrypted() && !is_authenticated_) return basis;
    return (basis == "SMTP" ? "ESMTP" : basis) + (is_encrypted() ? "S" : "") + (is_authenticated_ ? "A" : "");
}

void Receiver::on_encrypted() {
    is_encrypted_ = true;
    is_authenticated_ = false;  // RFC 3207 §4.2, RFC 4954 §4
    is_logging_in_ = false;
    helo_.clear();
    is_extended_ = false;
    reset_transaction();
}

bool Receiver::may_start_tls() const {
    const bool has_tls = settings_.encryption == Encryption::Offered || settings_.encryption == Encryption::Required;
    return has_tls && !is_encrypted_;
}

// RFC 3207 §4: all but NOOP, EHLO, STARTTLS and QUIT. What is said to be no command of ours is no secret.
std::optional<Step> Receiver::refuse_unencrypted(const Command& command) {
    if (settings_.encryption != Encryption::Required || is_encrypted_) return std::nullopt;
    Reply reply(530, "5.7.0", "Say STARTTLS first");
    if (const auto* bdat = std::get_if<Bdat>(&command)) return discard_chunk(*bdat, std::move(reply));
    if (std::holds_alternative<Data>(command)) return refuse_body(std::move(reply));
    const bool is_transaction = std::holds_alternative<Mail>(command) || std::holds_alternative<Rcpt>(command) ||
                                std::holds_alternative<Vrfy>(command) || std::holds_alternative<Expn>(command) ||
                                std::holds_alternative<Rset>(command);
    if (!is_transaction) return std::nullopt;
    return refuse(std::move(reply));
}

Extensions Receiver::extensions() const {
    Extensions offered;
    offered.pipelining = true;
    offered.eight_bit_mime = true;
    offered.enhanced_status_codes = true;
    offered.chunking = true;
    offered.binary_mime = settings_.binary_mime;
    offered.smtputf8 = true;
    offered.dsn = true;
    offered.starttls = may_start_tls();
    if (!is_authenticated_) offered.auth = authentication_.offered;
    if (may_hold()) offered.future_release = future_release_;
    offered.help = true;
    offered.vrfy = true;
    offered.has_size = true;
    offered.size = settings_.message_size;
    offered.rcpt_max = settings_.recipients;
    offered.mail_max = settings_.transactions;
    return offered;
}

}  // namespace smtp
