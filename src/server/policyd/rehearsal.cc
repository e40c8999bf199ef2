// A message judged without a server, for `hermod explain`; and what would have made a difference, one thing at a time.

#include <fmt/format.h>

#include <algorithm>

#include "authres/results.h"
#include "policyd/decision.h"
#include "policyd/explain.h"
#include "policyd/grade.h"
#include "policyd/handed_in.h"
#include "policyd/judge.h"
#include "policyd/scan.h"
#include "policyd/scanners.h"
#include "policyd/sign.h"
#include "smtp/domain_of.h"

namespace policyd {
namespace {

bool is_good(const Decision& decision) { return decision.reply.is_positive() && !decision.junk; }

class Remedies {
public:
    Remedies(const Config& config, const Evidence& evidence, const senders::List* list)
        : config_(config), evidence_(evidence), list_(list) {}

    std::vector<std::string> find() {
        if (is_good(decide(config_, evidence_))) return {};
        try_without_block();
        try_with_signature();
        try_with_mild_grade();
        return std::move(found_);
    }

private:
    void try_with(const Config& config, const Evidence& evidence, std::string remedy) {
        if (is_good(decide(config, evidence))) found_.push_back(std::move(remedy));
    }

    void try_without_block() {
        if (evidence_.sender.kind != senders::Opinion::Kind::Blocked) return;
        Evidence other = evidence_;
        other.sender = {};
        try_with(config_, other,
                 fmt::format("without the block of {}: `hermod sender remove {}`", evidence_.sender.identity,
                             evidence_.sender.identity));
    }

    void try_with_signature() {
        auto findings = evidence_.findings;
        if (findings.author.domain.empty() || findings.dmarc.result == dmarc::Result::Pass) return;
        findings.dmarc.result = dmarc::Result::Pass;
        findings.dmarc.disposition = dmarc::Policy::None;
        Evidence other{.findings = findings,
                       .client = evidence_.client,
                       .list_id = evidence_.list_id,
                       .sender = {},
                       .replays = {}};
        if (list_ != nullptr) other.sender = list_->judge(identities_of(findings));
        try_with(config_, other,
                 fmt::format("with a DKIM signature of {}, or SPF in its name, that passes and is aligned",
                             findings.author.domain));
    }

    void try_with_mild_grade() {
        auto other = config_;
        other.dmarc.behavior = site::DmarcBehavior::Record;
        try_with(other, evidence_, "with dmarc.behavior = \"record\"");
    }

    const Config& config_;
    const Evidence& evidence_;
    const senders::List* list_;
    std::vector<std::string> found_;
};

/// As the server has it: below our own Received.
dkim::Header as_received(const dkim::Header& header) {
    return dkim::Header("Received: by us\r\n" + std::string(header.text()));
}

void conclude_of_our_own(const Config& config, const dkim::Header& header, Rehearsed& rehearsed) {
    rehearsed.not_judged = "our own people's is not";
    rehearsed.at_rcpt.reset();
    rehearsed.reply = {250, "2.6.0", "Message accepted"};
    if (!config.dkim.sign) return;
    rehearsed.reason = why_never_signed(header);
    if (rehearsed.reason.empty()) rehearsed.reason = why_unsigned(config, Bringer::RelayClient, as_received(header));
    if (!rehearsed.reason.empty()) return;
    for (const auto& key : keys_for(config.dkim, header))
        rehearsed.signers.push_back(fmt::format("{} ({})", key.domain, key.selector));
}

void conclude(const Config& config, const Evidence& evidence, const senders::List* senders, Rehearsed& rehearsed) {
    if (!site::judges_strangers(config)) rehearsed.not_judged = "nothing is set that would judge it (dmarc, senders)";
    auto decision = decide(config, evidence);
    rehearsed.remedies = Remedies(config, evidence, senders).find();
    rehearsed.reply = decision.reply;
    rehearsed.junk = decision.junk;
    rehearsed.reason = std::move(decision.reason);
    if (!rehearsed.at_rcpt || rehearsed.at_rcpt->reply.is_positive()) return;
    rehearsed.reply = rehearsed.at_rcpt->reply;
    rehearsed.remedies.clear();
    if (is_good(decision))
        rehearsed.remedies.emplace_back("with SPF that passes, or a spf.behavior that goes less far");
}

/// By all that looks at the content, which is asked as the server would.
net::Task<void> scan_for(resolver::Resolver& resolver, const Config& config, const Examine& asked,
                         const Content& content, Rehearsed& rehearsed) {
    const clocks::SystemClock clock;
    Scanners scanners;
    const std::string head = "Authentication-Results: " + rehearsed.authentication_results + "\r\n";
    auto verdict = co_await scan({.content = content,
                                  .head = head,
                                  .asked = asked,
                                  .config = config,
                                  .resolver = resolver,
                                  .clock = clock,
                                  .scanners = scanners,
                                  .until = clock.steady() + config.spam.timeout});
    rehearsed.content = std::move(verdict.told);
    rehearsed.discard = verdict.discard;
    rehearsed.junk = verdict.reply.is_positive() && (rehearsed.junk || verdict.junk);
    if (!verdict.reply.is_positive()) rehearsed.reply = std::move(verdict.reply);
    if (verdict.reason.empty()) co_return;
    rehearsed.reason += (rehearsed.reason.empty() ? "" : "; ") + verdict.reason;
}

}  // namespace

net::Task<Rehearsed> rehearse(resolver::Resolver& resolver, const Config& config, Presented message,
                              const senders::List* senders, Circumstances circumstances) {
    Rehearsed rehearsed;
    const auto now = static_cast<std::uint64_t>(std::max<std::int64_t>(circumstances.now, 0));
    Examine asked{.client = message.client,
                  .helo = message.helo,
                  .reverse_path = message.reverse_path,
                  .recipients = message.recipients};
    if (message.client) {
        rehearsed.at_rcpt = co_await examine(resolver, config, *message.client, message.helo, message.reverse_path,
                                             std::move(circumstances));
        asked.spf = opinion_of(config.spf, *rehearsed.at_rcpt, 0).spf;
        if (!message.recipients.empty()) {
            const auto domain = smtp::domain_of(message.recipients.front());
            rehearsed.at_rcpt->reply =
                reply_for(config.spf, site::behavior_for(config.spf, domain), *rehearsed.at_rcpt);
        }
    }
    provenance::Inquiry inquiry(now, spf_of(asked));
    inquiry.add(message.octets);
    inquiry.finish();
    while (inquiry.question()) {
        const auto question = *inquiry.question();
        const auto answer = co_await resolver.ask(question);
        inquiry.answer(answer);
    }
    rehearsed.findings = inquiry.findings();
    rehearsed.authentication_results =
        authres::to_text(provenance::results_of(rehearsed.findings, site::authserv_id(config.policy, config)));
    Evidence evidence{.findings = rehearsed.findings,
                      .client = message.client,
                      .list_id = list_id_of(inquiry.header()),
                      .sender = {},
                      .replays = {}};
    if (senders != nullptr) evidence.sender = senders->judge(identities_of(rehearsed.findings));
    if (message.is_our_own)
        conclude_of_our_own(config, inquiry.header(), rehearsed);
    else
        conclude(config, evidence, senders, rehearsed);
    asked.bringer = message.is_our_own ? Bringer::RelayClient : Bringer::Stranger;
    if (rehearsed.reply.is_positive() && is_scanned(config, asked)) {
        const auto size = message.octets.size();
        const Content content(std::move(message.octets), file::Descriptor(), size);
        co_await scan_for(resolver, config, asked, content, rehearsed);
    }
    co_return rehearsed;
}

}  // namespace policyd
