#include "pickup/intake.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>

#include "mime/trace.h"
#include "submitter/examination.h"
#include "submitter/submission.h"

namespace pickup {
namespace {

constexpr std::size_t piece_size = 64 * 1024;

const smtp::Reply no_room(452, "4.3.1", "No room in the queue");

/// "from userid 1000" and nothing that the user could have made up.
mime::Received received_from(std::uint32_t uid, const std::string& hostname, mime::Date date) {
    mime::Received received;
    received.local_user = fmt::format("userid {}", uid);
    received.by = hostname;
    received.date = date;
    return received;
}

spool::Recipient as_local(const smtp::Recipient& recipient) {
    return {.smtp = recipient, .transport = spool::Transport::Local};
}

policyd::Bringer bringer_of(const drop::Envelope& envelope) {
    switch (envelope.kind) {
        case drop::Kind::Own: break;
        case drop::Kind::Forward: return policyd::Bringer::Forward;
        case drop::Kind::List: return policyd::Bringer::List;
    }
    return policyd::Bringer::LocalProgram;
}

}  // namespace

net::Task<Fate> Intake::run() {
    auto dropped = open_dropped(around_.folder.descriptor(), name_, around_.message_size, around_.hostname);
    if (!dropped) co_return dispose(dropped.error());
    dropped_ = std::move(*dropped);
    if (!co_await resolve()) co_return Fate::Stays;
    if (const auto trouble = co_await convert()) co_return settle({0, *trouble});
    const auto sender = message_.envelope.reverse_path;
    const auto commitment = co_await around_.queue.submit(std::move(message_));
    if (commitment.id != 0)
        submitter::note(around_.log, judgement_, commitment.id,
                        {.client = fmt::format("uid {}", dropped_.uid), .reverse_path = sender});
    co_return settle(commitment);
}

Fate Intake::dispose(const NotTaken& why) {
    if (why.because == NotTaken::Because::Gone) return Fate::Removed;
    const auto warn = [&](std::string_view reason, std::string_view where) {
        around_.log.event(logs::Event::Warning,
                          {{"reason", fmt::format("drop file {}: {}", name_, reason)}, {"moved_to", where}});
    };
    switch (why.because) {
        case NotTaken::Because::Refused: {
            const auto target = around_.folder.set_aside(name_);
            warn(why.reason, target.value_or("nowhere: it stays"));
            return target ? Fate::Removed : Fate::Stays;
        }
        case NotTaken::Because::Strange:
            around_.folder.remove(name_);
            warn(why.reason, "nowhere: removed");
            return Fate::Removed;
        default: warn(why.reason, ""); return Fate::Stays;
    }
}

Fate Intake::settle(const submitter::Commitment& commitment) {
    if (commitment.id != 0) {
        if (around_.folder.remove(name_)) return Fate::Taken;
        around_.log.event(
            logs::Event::Alert,
            {{"reason", fmt::format("drop file {} is in the queue and cannot be removed; remove it before "
                                    "the next start, or it is sent again",
                                    name_)}});
        return Fate::Stuck;
    }
    if (!commitment.reply.is_permanent()) return Fate::Stays;
    return dispose({NotTaken::Because::Refused, commitment.reply.enhanced + " " + commitment.reply.text});
}

directory::LookUp Intake::question_about(const std::string& address) const {
    const auto& envelope = dropped_.head.envelope;
    return {.ticket = 0,
            .address = address,
            .may_relay = true,
            .reverse_path = envelope.smtp.reverse_path,
            .is_sent_on = envelope.is_passed_on()};
}

/// False: one of the answers is "later".
net::Task<bool> Intake::resolve() {
    auto& recipients = message_.envelope.recipients;
    for (const auto& wanted : dropped_.head.envelope.smtp.recipients) {
        auto resolved = co_await around_.directory.look_up(question_about(wanted.address));
        if (resolved.reply.is_temporary()) co_return false;
        if (!resolved.reply.is_positive()) {
            around_.log.event(logs::Event::Rejected, {{"phase", "RCPT"},
                                                      {"client", fmt::format("uid {}", dropped_.uid)},
                                                      {"code", resolved.reply.code},
                                                      {"reason", resolved.reply.enhanced + " " + resolved.reply.text},
                                                      {"from", dropped_.head.envelope.smtp.reverse_path},
                                                      {"to", wanted.address}});
            recipients.push_back(as_local(wanted));
            continue;
        }
        for (auto& recipient : resolved.recipients) {
            recipient.smtp.notify = wanted.notify;
            recipient.smtp.original_recipient = wanted.original_recipient;
            recipients.push_back(std::move(recipient));
        }
    }
    co_return true;
}

mime::Submission Intake::submission() const {
    const auto& envelope = dropped_.head.envelope;
    const auto& sender = envelope.smtp.reverse_path;
    return submitter::submission_of({envelope.name, sender.empty() ? "MAILER-DAEMON@" + around_.hostname : sender},
                                    around_.hostname, dropped_.written);
}

submitter::Trace Intake::trace() const {
    const auto now = std::chrono::duration_cast<std::chrono::seconds>(around_.clock.wall().time_since_epoch()).count();
    auto received = received_from(dropped_.uid, around_.hostname, {.unix_seconds = now, .zone_minutes = 0});
    const auto& wanted = dropped_.head.envelope.smtp.recipients;
    if (wanted.size() == 1) received.recipient = wanted.front().address;
    return submitter::trace_of(std::move(received));
}

/// Fills message_. Trouble: what is to be said of it.
net::Task<std::optional<smtp::Reply>> Intake::convert() {
    submitter::Content content(around_.queue, trace());
    const bool is_passed_on = dropped_.head.envelope.is_passed_on();
    submitter::Conversion conversion(content.next(), is_passed_on ? std::nullopt : std::optional(submission()));
    std::string piece(piece_size, '\0');
    for (std::uint64_t at = dropped_.head.size;;) {
        const auto got = ::pread(dropped_.file.get(), piece.data(), piece.size(), static_cast<off_t>(at));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) co_return smtp::Reply(451, "4.3.0", "The drop file cannot be read");
        if (got == 0) break;
        conversion.add(std::string_view(piece).substr(0, static_cast<std::size_t>(got)));
        at += static_cast<std::uint64_t>(got);
        // Hostile: its owner may go on writing while we read.
        if (at > dropped_.size) break;
        co_await content.spill();
        if (!content.has_room()) co_return no_room;
    }
    conversion.finish();
    co_await content.spill();
    if (auto refusal = co_await examine(content)) co_return refusal;
    if (!content.hand_over(message_)) co_return no_room;
    complete_envelope(conversion.composition());
    co_return std::nullopt;
}

/// Why it cannot be taken, or not now.
net::Task<std::optional<smtp::Reply>> Intake::examine(submitter::Content& content) {
    if (!site::looks_at_our_own(around_.authentication)) co_return std::nullopt;
    const auto& envelope = dropped_.head.envelope;
    policyd::Examine about{.bringer = bringer_of(envelope),
                           .account = fmt::format("uid {}", dropped_.uid),
                           .reverse_path = envelope.smtp.reverse_path};
    for (const auto& recipient : envelope.smtp.recipients) submitter::name_recipient(about, recipient.address);
    judgement_ = co_await submitter::examine(around_.opinions, around_.authentication, std::move(about), content,
                                             message_.envelope);
    if (judgement_.reply.is_positive()) co_return std::nullopt;
    co_return judgement_.reply;
}

void Intake::complete_envelope(const mime::Composition& composition) {
    auto& envelope = message_.envelope;
    auto& said = dropped_.head.envelope.smtp;
    envelope.reverse_path = std::move(said.reverse_path);
    envelope.body = composition.has_8bit() ? smtp::BodyType::EightBitMime : smtp::BodyType::SevenBit;
    envelope.smtputf8 = said.smtputf8;
    envelope.ret = said.ret;
    envelope.envelope_id = std::move(said.envelope_id);
    envelope.arrived = around_.clock.wall().time_since_epoch().count();
    envelope.origin = fmt::format("uid {}", dropped_.uid);
}

}  // namespace pickup
