// What each command does: one handle() a command.
#include <algorithm>
#include <utility>

#include "smtp/receiver.h"
#include "text/ascii.h"

namespace smtp {
namespace {

constexpr std::size_t most_excess = 100;  // times the recipients allowed

Reply bad_sequence(std::string_view text) { return {503, "5.5.1", std::string(text)}; }

std::string path_text(const std::optional<Mailbox>& path) { return path ? to_text(*path) : std::string(); }

}  // namespace

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
    if (authentication_.is_required && !is_authenticated_) return refuse({530, "5.7.0", "Log in first, by AUTH"});
    if (transactions_ >= settings_.transactions) return close({421, "4.7.0", "Enough messages for one connection"});
    if (mail.size.value_or(0) > settings_.message_size) return refuse({552, "5.3.4", "Message too large"});
    if (mail.body == BodyType::BinaryMime && !settings_.binary_mime)
        return refuse({555, "5.5.4", "BINARYMIME is not offered"});
    if (mail.has_auth && !authentication_.exists()) return refuse({555, "5.5.4", "This parameter is not offered"});
    if (auto flaw = flaw_of_hold(mail)) return refuse(*std::move(flaw));
    if (mail.has_utf8 && !mail.smtputf8) return refuse(refusal({PathError::Code::NonAscii, 0}, PathRole::Reverse));
    reset_transaction();
    envelope_.reverse_path = path_text(mail.reverse_path);
    envelope_.body = mail.body.value_or(BodyType::SevenBit);
    envelope_.smtputf8 = mail.smtputf8;
    envelope_.ret = mail.ret;
    envelope_.envelope_id = std::move(mail.envelope_id);
    awaiting_ = Awaiting::SenderVerdict;
    AskSender ask{std::move(mail.reverse_path), mail.size.value_or(0)};
    if (mail.hold_for) ask.hold = *mail.hold_for;
    if (mail.hold_until) ask.hold = *mail.hold_until;
    return ask;
}

// RFC 4865: of one's own mail, by one of the two.
std::optional<Reply> Receiver::flaw_of_hold(const Mail& mail) const {
    if (!mail.hold_for && !mail.hold_until) return std::nullopt;
    if (!may_hold() || !is_authenticated_) return Reply{555, "5.5.4", "This parameter is not offered"};
    if (mail.hold_for && mail.hold_until) return Reply{501, "5.5.4", "Either HOLDFOR or HOLDUNTIL, not both"};
    return std::nullopt;
}

Step Receiver::handle(Rcpt& rcpt) {
    if (!is_open_) return refuse(bad_sequence("Say MAIL first"));
    if (transport_ != Transport::None) return refuse(bad_sequence("The message has begun"));  // RFC 3030 §2
    if (rcpt.has_utf8 && !envelope_.smtputf8) return refuse(refusal({PathError::Code::NonAscii, 0}, PathRole::Forward));
    if (rcpt.forward_path.is_bare_postmaster()) rcpt.forward_path.domain = text::lower(settings_.hostname);
    auto address = to_text(rcpt.forward_path);
    const bool is_known = has_recipient(address);
    if (is_known && !is_lmtp()) return excess({250, "2.1.5", "Recipient known already"});
    if (std::max(envelope_.recipients.size(), replies_due_) >= settings_.recipients)
        return excess({452, "4.5.3", "Too many recipients"});  // §4.5.3.1.10: 452, not 552
    if (is_known) {
        ++replies_due_;
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

bool Receiver::has_recipient(const std::string& address) const {
    if (!known_recipients_.empty()) return known_recipients_.contains(address);
    return std::ranges::find(envelope_.recipients, address, &Recipient::address) != envelope_.recipients.end();
}

Step Receiver::refuse_body(Reply reply) {
    body_refused_ = true;
    return refuse(std::move(reply));
}

Step Receiver::handle(Data&) {
    if (!is_open_) return refuse_body(bad_sequence("Say MAIL first"));
    if (transport_ == Transport::Bdat) return refuse_body(bad_sequence("The message came by BDAT until now"));
    if (envelope_.recipients.empty())  // RFC 2033 §4.2 wants 503
        return refuse_body({is_lmtp() ? std::uint16_t{503} : std::uint16_t{554}, "5.5.1", "No valid recipients"});
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
    return junk({214, "2.0.0",
                 is_lmtp() ? "LHLO MAIL RCPT DATA BDAT RSET NOOP VRFY HELP QUIT"
                           : "EHLO HELO MAIL RCPT DATA BDAT RSET NOOP VRFY HELP QUIT"});
}

Step Receiver::handle(Quit&) { return close({221, "2.0.0", "Goodbye"}); }

// RFC 3207 §4
Step Receiver::handle(StartTls&) {
    if (is_encrypted()) return refuse({554, "5.5.1", "This is encrypted already"});
    if (!may_start_tls()) return refuse({502, "5.5.1", "This command is not offered here"});
    return BeginTls{{220, "2.0.0", "Ready for the handshake"}};
}

// RFC 4954 §4
Step Receiver::handle(Auth& auth) {
    if (!authentication_.exists()) return refuse({502, "5.5.1", "This command is not offered here"});
    if (!is_extended_) return refuse(bad_sequence("Say EHLO first"));
    if (is_authenticated_) return refuse(bad_sequence("You are logged in"));
    if (is_open_) return refuse(bad_sequence("A message is under way"));
    if (std::ranges::find(authentication_.offered, auth.mechanism) == authentication_.offered.end()) {
        const auto& hidden = authentication_.if_encrypted;
        if (std::ranges::find(hidden, auth.mechanism) == hidden.end())
            return refuse({504, "5.5.4", "This mechanism is not offered here"});
        return refuse({538, "5.7.11", "Only in an encrypted connection"});
    }
    awaiting_ = Awaiting::LoginStep;
    return AskLogin{std::move(auth.mechanism), std::move(auth.initial)};
}

Step Receiver::handle(NotOffered&) { return refuse({502, "5.5.1", "This command is not offered here"}); }
Step Receiver::handle(Override&) { return refuse({550, "5.7.0", "You are taken for who you are"}); }
Step Receiver::handle(Foreign&) { return close({500, "5.5.2", "This is a mail server"}); }
Step Receiver::handle(Unknown&) { return refuse({500, "5.5.2", "Unknown command"}); }

}  // namespace smtp
