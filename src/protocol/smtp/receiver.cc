#include "smtp/receiver.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "lang/verify.h"
#include "text/ascii.h"

namespace smtp {
namespace {

constexpr std::size_t many_recipients = 16;  // up to here looking through the list is fastest
constexpr std::size_t most_excess = 100;       // times the recipients allowed
constexpr std::chrono::seconds delay_for_errors{1};

Reply bad_sequence(std::string_view text) { return {503, "5.5.1", std::string(text)}; }

std::string path_text(const std::optional<Mailbox>& path) { return path ? to_text(*path) : std::string(); }

}  // namespace

Step Receiver::start(std::size_t early) {
    if (early > 0) return close({554, "5.5.0", "You did not wait for the greeting"});
    return Say{{220, "", settings_.hostname + (is_lmtp() ? " LMTP" : " ESMTP")}};
}

Step Receiver::on(const CommandLine& line, std::size_t behind) {
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
    return std::visit([this](auto& command) { return handle(command); }, *said);
}

Step Receiver::on(Verdict verdict) {
    const auto asked = std::exchange(awaiting_, Awaiting::Command);
    VERIFY(asked != Awaiting::Command && asked != Awaiting::Content);
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
            for (const auto& known : envelope_.recipients) known_recipients_.emplace(known.address, known_recipients_.size());
        }
        known_recipients_.emplace(asked_about_.address, envelope_.recipients.size());
    }
    if (is_lmtp()) reply_order_.push_back(envelope_.recipients.size());
    envelope_.recipients.push_back(std::move(asked_about_));
    return Say{std::move(reply)};
}

// RFC 2033 §4.2: one reply for each recipient, in the order of RCPT.
Step Receiver::on(Verdicts verdicts) {
    VERIFY(awaiting_ == Awaiting::MessageVerdict && is_lmtp());
    awaiting_ = Awaiting::Command;
    SayEach each;
    each.replies.reserve(reply_order_.size());
    for (auto recipient : reply_order_) each.replies.push_back(verdicts.replies.at(recipient));
    errors_ = junk_ = 0;
    reset_transaction();
    return each;
}

Step Receiver::finish(Reply reply) {
    if (reply.is_positive()) errors_ = junk_ = 0;
    const auto copies = reply_order_.size();
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

Step Receiver::hello(std::string domain, bool is_extended) {
    const bool is_first = helo_.empty();
    helo_ = std::move(domain);
    is_extended_ = is_extended;
    reset_transaction();  // §4.1.4: like RSET
    auto reply = is_extended ? hello_reply(settings_.hostname, extensions()) : Reply(250, "", settings_.hostname);
    return is_first ? Say{std::move(reply)} : junk(std::move(reply));
}

Step Receiver::handle(Helo& helo) {
    if (is_lmtp()) return refuse({500, "5.5.1", "This is LMTP: say LHLO"});  // RFC 2033 §4.1
    return hello(std::move(helo.domain), /*is_extended=*/false);
}

Step Receiver::handle(Ehlo& ehlo) {
    if (is_lmtp()) return refuse({500, "5.5.1", "This is LMTP: say LHLO"});
    return hello(std::move(ehlo.domain), /*is_extended=*/true);
}

Step Receiver::handle(Lhlo& lhlo) {
    if (!is_lmtp()) return refuse({500, "5.5.1", "This is not LMTP: say EHLO"});
    return hello(std::move(lhlo.domain), /*is_extended=*/true);
}

Step Receiver::handle(Mail& mail) {
    if (helo_.empty()) return refuse(bad_sequence("Say EHLO first"));
    if (is_open_) return refuse(bad_sequence("A message is under way"));
    if (transactions_ >= settings_.transactions) return close({421, "4.7.0", "Enough messages for one connection"});
    if (mail.size.value_or(0) > settings_.message_size) return refuse({552, "5.3.4", "Message too large"});
    if (mail.body == BodyType::BinaryMime && !settings_.binary_mime)
        return refuse({555, "5.5.4", "BINARYMIME is not offered"});
    if (mail.reverse_path && mail.reverse_path->needs_smtputf8() && !mail.smtputf8)
        return refuse(refusal({PathError::Code::NonAscii, 0}, PathRole::Reverse));
    reset_transaction();
    envelope_.reverse_path = path_text(mail.reverse_path);
    envelope_.body = mail.body.value_or(BodyType::SevenBit);
    envelope_.smtputf8 = mail.smtputf8;
    envelope_.ret = mail.ret;
    envelope_.envelope_id = std::move(mail.envelope_id);
    awaiting_ = Awaiting::SenderVerdict;
    return AskSender{std::move(mail.reverse_path), mail.size.value_or(0)};
}

Step Receiver::handle(Rcpt& rcpt) {
    if (!is_open_) return refuse(bad_sequence("Say MAIL first"));
    if (transport_ != Transport::None) return refuse(bad_sequence("The message has begun"));  // RFC 3030 §2
    if (rcpt.forward_path.needs_smtputf8() && !envelope_.smtputf8)
        return refuse(refusal({PathError::Code::NonAscii, 0}, PathRole::Forward));
    if (rcpt.forward_path.is_bare_postmaster()) rcpt.forward_path.domain = text::lower(settings_.hostname);
    auto address = to_text(rcpt.forward_path);
    const auto known = find_recipient(address);
    if (known && !is_lmtp()) return excess({250, "2.1.5", "Recipient known already"});
    if (std::max(envelope_.recipients.size(), reply_order_.size()) >= settings_.recipients)
        return excess({452, "4.5.3", "Too many recipients"});  // §4.5.3.1.10: 452, not 552
    if (known) {
        reply_order_.push_back(*known);
        return Say{{250, "2.1.5", "Recipient known already"}};
    }
    asked_about_ = {std::move(address), std::move(rcpt.original_recipient), rcpt.notify};
    awaiting_ = Awaiting::RecipientVerdict;
    return AskRecipient{std::move(rcpt.forward_path)};
}

// Neither is an error: a long list is sent in parts, and a name given twice is a name.
// Hostile: it must come to an end all the same.
Step Receiver::excess(Reply reply) {
    if (++excess_ > most_excess * settings_.recipients) return close({421, "4.7.0", "Far too many recipients"});
    return Say{std::move(reply)};
}

std::optional<std::size_t> Receiver::find_recipient(const std::string& address) const {
    if (!known_recipients_.empty()) {
        const auto found = known_recipients_.find(address);
        return found == known_recipients_.end() ? std::nullopt : std::optional(found->second);
    }
    const auto found = std::ranges::find(envelope_.recipients, address, &Recipient::address);
    if (found == envelope_.recipients.end()) return std::nullopt;
    return static_cast<std::size_t>(found - envelope_.recipients.begin());
}

Step Receiver::refuse_body(Reply reply) {
    body_refused_ = true;
    return refuse(std::move(reply));
}

Step Receiver::handle(Data&) {
    if (!is_open_) return refuse_body(bad_sequence("Say MAIL first"));
    if (transport_ == Transport::Bdat) return refuse_body(bad_sequence("The message came by BDAT until now"));
    if (envelope_.recipients.empty()) return refuse_body({554, "5.5.1", "No valid recipients"});
    if (envelope_.body == BodyType::BinaryMime) return refuse_body(bad_sequence("BINARYMIME needs BDAT"));
    // Hostile: RFC 2920 §3.1 makes DATA the last of a group. Octets behind it come from somebody who does not listen,
    // or are commands that somebody made him send.
    if (behind_ > 0) return close({554, "5.5.0", "The message came before it was asked for"});
    transport_ = Transport::Data;
    awaiting_ = Awaiting::Content;
    return TakeMessage{{354, "", "End the message with a dot on a line of its own"}};
}

Step Receiver::handle(const Bdat& bdat) {
    if (!is_open_) return discard_chunk(bdat, bad_sequence("Say MAIL first"));
    if (envelope_.recipients.empty()) return discard_chunk(bdat, {554, "5.5.1", "No valid recipients"});
    if (bdat.size > settings_.message_size - chunks_size_) {
        reset_transaction();
        return discard_chunk(bdat, {552, "5.3.4", "Message too large"});
    }
    if (bdat.size == 0 && !bdat.last && ++junk_ > settings_.junk_commands) return close_for_junk();
    const bool is_first = transport_ == Transport::None;
    transport_ = Transport::Bdat;
    chunk_ = bdat;
    awaiting_ = Awaiting::Content;
    return TakeChunk{bdat.size, bdat.last, TakeChunk::Use::Keep, is_first};
}

// RFC 3030 §2: what belongs to a refused chunk is read and thrown away, to stay in step.
Step Receiver::discard_chunk(const Bdat& bdat, Reply reply) {
    const auto most = 2 * settings_.message_size;  // Hostile: not for hours
    if (bdat.size > most - std::min(discarded_, most)) return close(std::move(reply));
    discarded_ += bdat.size;
    chunk_refusal_ = std::move(reply);
    awaiting_ = Awaiting::Content;
    return TakeChunk{bdat.size, bdat.last, TakeChunk::Use::Discard, /*is_first=*/false};
}

Step Receiver::handle(Rset&) {
    reset_transaction();
    return junk({250, "2.0.0", "Forgotten"});
}

Step Receiver::handle(Noop&) { return junk({250, "2.0.0", "Nothing done"}); }

Step Receiver::handle(Vrfy& vrfy) {
    if (!vrfy.smtputf8 && !text::is_7bit(vrfy.what))
        return refuse(refusal({PathError::Code::NonAscii, 0}, PathRole::Forward));
    // Hostile: the same words for everybody, or it is a way to find out who exists (§7.3).
    return junk({252, "2.5.0", "Send some mail and see"});
}

Step Receiver::handle(Expn&) { return refuse({502, "5.5.1", "Lists are not shown"}); }

Step Receiver::handle(Help&) {
    return junk({214, "2.0.0", is_lmtp() ? "LHLO MAIL RCPT DATA BDAT RSET NOOP VRFY HELP QUIT"
                                         : "EHLO HELO MAIL RCPT DATA BDAT RSET NOOP VRFY HELP QUIT"});
}

Step Receiver::handle(Quit&) { return close({221, "2.0.0", "Goodbye"}); }
Step Receiver::handle(NotOffered&) { return refuse({502, "5.5.1", "This command is not offered here"}); }
Step Receiver::handle(Override&) { return refuse({550, "5.7.0", "You are taken for who you are"}); }
Step Receiver::handle(Foreign&) { return close({500, "5.5.2", "This is a mail server"}); }
Step Receiver::handle(Unknown&) { return refuse({500, "5.5.2", "Unknown command"}); }

Step Receiver::refuse(Reply reply) {
    if (++errors_ >= settings_.errors) return close({421, "4.7.0", "Too many errors"});
    const bool is_late = errors_ >= errors_before_delay;
    return Say{std::move(reply), is_late ? delay_for_errors : std::chrono::seconds(0)};
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
    reply_order_.clear();
    transport_ = Transport::None;
    chunks_size_ = 0;
    excess_ = 0;
}

std::string_view Receiver::with_protocol() const {
    if (is_lmtp()) return envelope_.smtputf8 ? "UTF8LMTP" : "LMTP";
    if (envelope_.smtputf8) return "UTF8SMTP";
    return is_extended_ ? "ESMTP" : "SMTP";
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
    offered.help = true;
    offered.vrfy = true;
    offered.has_size = true;
    offered.size = settings_.message_size;
    offered.rcpt_max = settings_.recipients;
    offered.mail_max = settings_.transactions;
    return offered;
}

}  // namespace smtp
