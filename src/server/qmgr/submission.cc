// A message comes in: is checked, numbered, committed, and goes to its first attempt in the same turn of the loop in
// which it became durable. RFC 5321 §4.2.5: our 250 is a promise, so it follows the disk.

#include <algorithm>
#include <ranges>
#include <set>
#include <tuple>

#include <fmt/format.h>

#include "mime/header.h"
#include "mime/hops.h"
#include "qmgr/loops.h"
#include "qmgr/queue.h"
#include "qmgr/sanity.h"
#include "smtp/future_release.h"
#include "srs/address.h"

namespace qmgr {
namespace {

constexpr std::size_t id_length = 13;
constexpr std::size_t id_within = 64 * 1024;  // behind all that may be put in front of our trace field
constexpr std::string_view loop_key = "loop:";

const smtp::Reply full{452, "4.3.1", "No room for more mail at the moment"};
const smtp::Reply failed{451, "4.3.0", "The message could not be stored"};
const smtp::Reply broken{421, "4.3.2", "The queue cannot be written"};
const smtp::Reply malformed{451, "4.3.0", "The message could not be handed over"};
const smtp::Reply loops{554, "5.4.6", "This message is going round in circles"};

const smtp::Reply& reply_to(spool::Failure failure) {
    switch (failure) {
        case spool::Failure::Full: return full;
        case spool::Failure::Failed: return failed;
        case spool::Failure::Broken: break;
    }
    return broken;
}

/// A list's owner hears of errors in place of the sender, but of nothing that comes from nobody: such a message is one
/// that nobody is told of (RFC 5321 §6.1), or qmail's double bounce. What the sender asked for by DSN ends at the list
/// (RFC 3461 §5.2.7).
void settle_senders(spool::Envelope& envelope) {
    const bool is_from_nobody = envelope.reverse_path.empty() || envelope.reverse_path == "#@[]";
    for (auto& recipient : envelope.recipients) {
        if (is_from_nobody) recipient.sender.clear();
        // A forwarder's is the sender's own, by a detour.
        if (recipient.sender.empty() || srs::is_rewritten(recipient.sender)) continue;
        recipient.smtp.notify = smtp::notify_unspecified;
        recipient.smtp.original_recipient.clear();
    }
}

}  // namespace

void Queue::on(Peer submitter, const OpenBlob& message) {
    const BlobName name{submitter, message.ticket};
    on(submitter, DropBlob{message.ticket});
    const auto first = blobs_.lower_bound({submitter, 0});
    const auto last = blobs_.upper_bound({submitter, ~0ULL});
    const auto has = static_cast<std::uint64_t>(std::distance(first, last));
    const bool may = !spool_.is_full() && has < settings_.blobs_per_submitter;
    const auto opened = may ? spool_.open_blob() : std::unexpected(file::Error{});
    if (!opened) return peers_.send(submitter, smtpd::BlobOpened{.ticket = message.ticket});
    blobs_[name] = *opened;
    smtpd::BlobOpened answer{.ticket = message.ticket};
    auto writing = spool_.blob(*opened).duplicate();
    auto reading = spool_.blob(*opened).duplicate_read_only();
    if (writing && reading) {
        answer.file = std::move(*writing);
        answer.reading = std::move(*reading);
    }
    peers_.send(submitter, answer);
}

void Queue::on(Peer submitter, const DropBlob& message) {
    if (const auto blob = take_blob(submitter, message.ticket)) spool_.drop_blob(*blob);
}

std::optional<spool::BlobId> Queue::take_blob(Peer submitter, std::uint64_t ticket) {
    const auto found = blobs_.find({submitter, ticket});
    if (found == blobs_.end()) return std::nullopt;
    const auto blob = found->second;
    blobs_.erase(found);
    return blob;
}

void Queue::on(Peer submitter, Submit message) {
    ages_.observe();
    Submission submission{.from = submitter, .generation = generations_[submitter]};
    if (message.blob != 0) submission.blob = take_blob(submitter, message.blob);
    submission.message = std::move(message);
    submission.message.envelope.arrived = wall();
    settle_senders(submission.message.envelope);
    note_room();
    if (auto flaw = flaw_of(submission)) return drop(submission, std::move(*flaw));
    if (!read_header(submission)) return;
    commit(std::move(submission));
}

std::optional<smtp::Reply> Queue::flaw_of(const Submission& submission) const {
    const Submit& message = submission.message;
    if (!is_sane(message.envelope)) return malformed;
    if (message.id_at != 0 && (message.id_at + id_length > message.size || message.id_at > id_within)) return malformed;
    if (message.blob == 0) {
        if (message.octets.size() != message.size || message.size > spool::inline_body) return malformed;
    } else {
        if (!submission.blob || !message.octets.empty()) return malformed;
        const auto size = spool_.blob(*submission.blob).size();
        if (!size || *size != message.size) return malformed;
    }
    if (spool_.is_full()) return full;
    return std::nullopt;
}

void Queue::note_room() {
    if (was_full_ == spool_.is_full()) return;
    was_full_ = !was_full_;
    record_(was_full_ ? logs::Event::SpoolFull : logs::Event::SpoolHasRoom, 0, {});
}

void Queue::drop(const Submission& submission, smtp::Reply reply) {
    if (submission.blob) spool_.drop_blob(*submission.blob);
    record_(logs::Event::NotAccepted, 0,
            {{"from", submission.message.envelope.reverse_path}, {"code", reply.code}, {"reason", reply.text}});
    peers_.send(submission.from, smtpd::Refused{submission.message.ticket, std::move(reply)});
}

/// What the header says that concerns us. False: the message was dealt with.
bool Queue::read_header(Submission& submission) {
    std::string from_blob;
    std::string_view header;
    if (submission.blob) {
        auto read = header_of(spool_.blob(*submission.blob));
        if (!read) return drop(submission, failed), false;
        from_blob = std::move(*read);
        header = from_blob;
    } else {
        header = header_of(submission.message.octets);
    }
    if (const auto field = mime::find_field(header, "Message-ID")) submission.message_id = mime::unfold(field->value);
    auto& recipients = submission.message.envelope.recipients;
    Circles circles(header, settings_.max_hops);
    circles.look_back(header, settings_.hostname, passages_, recipients);
    for (std::size_t i = 0; i < recipients.size(); ++i)
        if (circles.has_too_many_hops() || circles.closes_at(recipients[i])) submission.circles.push_back(i);
    if (submission.circles.empty()) return true;
    submission.hops = mime::to_line(mime::hops_of(header));
    return break_loops(submission, circles);
}

/// False: it was refused or thrown away as a whole.
bool Queue::break_loops(Submission& submission, const Circles& circles) {
    auto& envelope = submission.message.envelope;
    const auto policy_at = [&](std::size_t i) { return rule_for(envelope.recipients[i], settings_).policy; };
    for (const auto i : submission.circles)
        record_(logs::Event::LoopBroken, circles.earlier(),
                {{"from", envelope.reverse_path},
                 {"to", envelope.recipients[i].smtp.address},
                 {"reason", circles.reason()},
                 {"message_id", submission.message_id},
                 {"hops", submission.hops}});
    // Who brought it by SMTP still has it, and knows best whom to tell. The program that gave it to sendmail is long
    // gone: its message is taken, and fails here.
    const bool is_still_held = submission.from.role != process::Role::Pickup;
    const bool all_return =
        std::ranges::all_of(submission.circles, [&](auto i) { return policy_at(i) == LoopPolicy::Bounce; });
    if (all_return && submission.circles.size() == envelope.recipients.size() && is_still_held)
        return drop(submission, loops), false;
    std::vector<std::size_t> stopped;
    std::vector<std::size_t> thrown_away;
    for (const auto i : submission.circles) {
        const auto rule = rule_for(envelope.recipients[i], settings_);
        if (rule.policy == LoopPolicy::Discard) thrown_away.push_back(i);
        if (rule.policy == LoopPolicy::Deliver) envelope.recipients[i] = mailbox_for(envelope.recipients[i], rule);
        if (rule.policy == LoopPolicy::Hold) submission.hold = true;
        if (rule.policy == LoopPolicy::Hold || rule.policy == LoopPolicy::Bounce)
            stopped.push_back(i - thrown_away.size());
    }
    for (const auto i : std::views::reverse(thrown_away))
        envelope.recipients.erase(envelope.recipients.begin() + static_cast<std::ptrdiff_t>(i));
    submission.circles = std::move(stopped);
    if (!envelope.recipients.empty()) return true;
    if (submission.blob) spool_.drop_blob(*submission.blob);
    peers_.send(submission.from, smtpd::Committed{submission.message.ticket, spool_.next_id()});
    return false;
}

/// Our own trace field was written before the id was known, and left room for it.
bool Queue::stamp_id(Submission& submission) {
    Submit& message = submission.message;
    if (message.id_at == 0) return true;
    const std::string text = spool::to_text(submission.id);
    if (submission.blob) return spool_.blob(*submission.blob).write_at(message.id_at, text).has_value();
    message.octets.replace(message.id_at, id_length, text);
    return true;
}

void Queue::commit(Submission submission) {
    submission.id = spool_.next_id();
    if (!stamp_id(submission)) return drop(submission, failed);
    auto& envelope = submission.message.envelope;
    passages_.note(submission.id, submission.message_id, envelope.recipients);
    std::set<std::tuple<spool::Transport, std::string, std::string>> returned;
    std::set<std::tuple<spool::Transport, std::string, std::string>> held;
    for (const auto i : submission.circles) {
        const auto& recipient = envelope.recipients[i];
        auto& fate = rule_for(recipient, settings_).policy == LoopPolicy::Hold ? held : returned;
        fate.emplace(recipient.transport, recipient.smtp.address, recipient.target);
    }
    const auto is_among = [](const auto& some, const spool::Recipient& recipient) {
        return !some.empty() && some.contains({recipient.transport, recipient.smtp.address, recipient.target});
    };
    const auto is_held = [&](const spool::Recipient& recipient) { return is_among(held, recipient); };
    const auto key_of = [&](const spool::Recipient& recipient) {
        return is_among(returned, recipient) ? std::string(loop_key) : destination_of(recipient, settings_.routes);
    };
    const auto release = std::min(submission.message.release, wall() + longest_hold.count());
    submission.is_for_later = release > wall();
    if (submission.is_for_later) envelope.arrived = release;
    auto arrangement = arrange(std::move(envelope.recipients), key_of, submission.is_for_later ? release : wall());
    for (auto& task : arrangement.tasks) task.awaits_release = submission.is_for_later;
    for (auto& task : arrangement.tasks)
        task.held = submission.hold && std::any_of(arrangement.recipients.begin() + task.first,
                                                   arrangement.recipients.begin() + task.first + task.count, is_held);
    envelope.recipients = std::move(arrangement.recipients);
    spool::Accept accept{.id = submission.id, .envelope = envelope, .tasks = std::move(arrangement.tasks)};
    accept.body = {std::move(submission.message.octets), submission.blob, submission.message.size};
    spool::Transaction transaction;
    transaction.emplace_back(std::move(accept));
    ++submissions_;
    spool_.submit(std::move(transaction),
                  [this, submission = std::move(submission), destinations = std::move(arrangement.destinations)](
                      spool::Outcome outcome) { committed(submission, outcome, destinations); });
}

void Queue::committed(const Submission& submission, const spool::Outcome& outcome,
                      const std::vector<std::string>& destinations) {
    --submissions_;
    // A submitter that died meanwhile has told its client nothing; the message is ours all the same.
    const bool is_same = generations_[submission.from] == submission.generation;
    if (!outcome) {
        record_(logs::Event::NotAccepted, 0,
                {{"from", submission.message.envelope.reverse_path},
                 {"code", reply_to(outcome.error()).code},
                 {"reason", reply_to(outcome.error()).text}});
        if (is_same) peers_.send(submission.from, smtpd::Refused{submission.message.ticket, reply_to(outcome.error())});
        return;
    }
    if (is_same) peers_.send(submission.from, smtpd::Committed{submission.message.ticket, submission.id});
    record_accepted(submission, submission.message.envelope.recipients.size());
    schedule_new(submission.id, destinations);
    if (submission.hold)
        record_(logs::Event::Held, submission.id,
                {{"reason", "the message goes round in circles"}, {"hops", submission.hops}});
    if (submission.is_for_later) {
        const auto release = submission.message.envelope.arrived;
        record_(
            logs::Event::Held, submission.id,
            {{"reason", "until " + smtp::to_date_time(release / 1000) + ", as its sender wishes"}, {"due", release}});
    }
    give_out();
}

namespace {

constexpr std::size_t longest_asked = 2000;  // octets; whoever asked for more is found by the first ones

/// The addresses that led to other recipients, each once: by these a sender knows his message.
std::string asked_for(const spool::Envelope& envelope) {
    std::set<std::string_view> seen;
    std::string all;
    for (const auto& recipient : envelope.recipients) {
        const auto& asked = recipient.asked;
        if (asked.empty() || !seen.insert(asked).second) continue;
        if (all.size() + asked.size() >= longest_asked) break;
        all += (all.empty() ? "" : " ") + asked;
    }
    return all;
}

}  // namespace

void Queue::record_accepted(const Submission& submission, std::size_t recipients) {
    const auto& envelope = submission.message.envelope;
    record_(logs::Event::Accepted, submission.id,
            {{"from", envelope.reverse_path},
             {"size", submission.message.size},
             {"recipients", recipients},
             {"origin", envelope.origin},
             {"asked", asked_for(envelope)},
             {"message_id", submission.message_id}});
}

}  // namespace qmgr
