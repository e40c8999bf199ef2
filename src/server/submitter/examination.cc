#include "submitter/examination.h"

#include <fcntl.h>

#include <algorithm>

namespace submitter {
namespace {

constexpr std::chrono::seconds to_be_heard{60};  // beyond the time that the work may take

/// As long as policyd may take: for the DNS of a stranger's message, for what looks at its content, and where keyd is
/// asked, once to sign and once to seal.
/// Shorter than a client waits, who would bring the message again (RFC 5321 §4.5.3.2.6: ten minutes).
std::chrono::seconds patience(const site::Authentication& settings) {
    return std::min<std::chrono::seconds>(
        settings.policy.timeout + settings.spam.timeout + 2 * settings.dkim.timeout + to_be_heard,
        std::chrono::minutes(9));
}

/// Of our own people's mail: unsigned where it would be signed, and unscanned where it would be scanned.
bool may_do_without(const site::Authentication& settings) {
    return (!settings.dkim.sign || settings.dkim.unavailable == site::Unsigned::Accept) &&
           (!site::scans_our_own(settings) || settings.policy.unavailable == site::WithoutPolicyd::Accept);
}

policyd::Judgement unanswered(const site::Authentication& settings, bool is_strangers) {
    policyd::Judgement judgement;
    const bool is_taken =
        is_strangers ? settings.policy.unavailable == site::WithoutPolicyd::Accept : may_do_without(settings);
    judgement.reply = is_taken ? smtp::Reply(250, "2.6.0", "Message accepted")
                               : smtp::Reply(451, "4.7.0", "The message cannot be examined at the moment");
    judgement.reason = is_taken ? "policyd does not answer: the message is taken unexamined"
                                : "policyd does not answer: the message has to wait";
    return judgement;
}

bool leads_elsewhere(const spool::Envelope& envelope) {
    return std::ranges::any_of(envelope.recipients, [](const spool::Recipient& recipient) {
        return recipient.transport == spool::Transport::Relay;
    });
}

}  // namespace

void name_recipient(policyd::Examine& about, const std::string& address) {
    ++about.recipient_count;
    if (about.recipients.size() < policyd::most_recipients_named) about.recipients.push_back(address);
}

net::Task<policyd::Judgement> examine(Opinions& opinions, const site::Authentication& settings, policyd::Examine about,
                                      Content& content, spool::Envelope& envelope) {
    const auto view = content.view();
    about.size = content.size();
    about.octets = view.octets;
    if (view.file >= 0) about.blob = file::Descriptor(::fcntl(view.file, F_DUPFD_CLOEXEC, 0));
    about.leads_elsewhere = leads_elsewhere(envelope);
    const bool is_strangers = about.bringer == policyd::Bringer::Stranger;
    auto answer = co_await opinions.about(about, patience(settings));
    about = {};
    auto judgement = answer ? *std::move(answer) : unanswered(settings, is_strangers);
    if (!judgement.reply.is_positive()) co_return judgement;
    if (judgement.head.size() > policyd::longest_head) {  // Hostile; a message without its results is not let in
        judgement.reply = {451, "4.3.0", "The message cannot be examined at the moment"};
        judgement.reason = "policyd's header fields are too long: the message has to wait";
        co_return judgement;
    }
    if (judgement.discard) co_return judgement;
    co_await content.put_in_front(judgement.head);
    if (judgement.junk)
        for (auto& recipient : envelope.recipients) recipient.is_junk = true;
    co_return judgement;
}

void note(logs::Log& log, const policyd::Judgement& judgement, std::uint64_t id, const Bringer& by) {
    if (judgement.results.empty() && judgement.content.empty() && judgement.reason.empty()) return;
    log.event(logs::Event::Examined, id,
              {{"client", by.client},
               {"port", by.port},
               {"from", by.reverse_path},
               {"results", judgement.results},
               {"content", judgement.content},
               {"reason", judgement.reason}});
}

}  // namespace submitter
