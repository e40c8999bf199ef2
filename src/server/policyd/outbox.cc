#include "policyd/outbox.h"

#include "mime/trace.h"
#include "submitter/content.h"

namespace policyd {
namespace {

submitter::Trace trace(const std::string& hostname, std::int64_t now) {
    mime::Received received;
    received.local_user = "policyd";
    received.by = hostname;
    received.date = {.unix_seconds = now, .zone_minutes = 0};
    return submitter::trace_of(std::move(received));
}

}  // namespace

net::Task<Outbox::Resolved> Outbox::resolve(std::vector<std::string> addresses) {
    Resolved all;
    for (const auto& address : addresses) {
        auto found = co_await look_up_({.ticket = 0, .address = address, .may_relay = true});
        if (!found.reply.is_positive()) {
            all.refusal = address + ": " + found.reply.enhanced + ' ' + found.reply.text;
            all.is_temporary = all.is_temporary || found.reply.is_temporary();
            continue;
        }
        all.addresses.push_back(address);
        for (auto& recipient : found.recipients) all.recipients.push_back(std::move(recipient));
    }
    co_return all;
}

net::Task<std::expected<std::uint64_t, std::string>> Outbox::send(std::string hostname, std::string message,
                                                                  bool is_8bit,
                                                                  std::vector<spool::Recipient> recipients) {
    std::string signature;
    if (sign_) signature = co_await sign_(message);
    const auto seconds = now();
    submitter::Content content(queue_, trace(hostname, seconds));
    content.next() += signature;
    content.next() += message;
    co_await content.spill();
    qmgr::Submit submission;
    if (!content.hand_over(submission)) co_return std::unexpected("there is no room in the queue");
    auto& envelope = submission.envelope;
    envelope.recipients = std::move(recipients);
    envelope.body = is_8bit ? smtp::BodyType::EightBitMime : smtp::BodyType::SevenBit;
    envelope.arrived = seconds * 1000;
    envelope.origin = "policyd";
    const auto commitment = co_await queue_.submit(std::move(submission));
    if (commitment.id == 0) co_return std::unexpected(commitment.reply.enhanced + ' ' + commitment.reply.text);
    co_return commitment.id;
}

}  // namespace policyd
