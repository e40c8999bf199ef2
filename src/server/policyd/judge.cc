#include "policyd/judge.h"

#include <algorithm>

#include "authres/results.h"
#include "mime/header.h"
#include "mime/trace.h"
#include "policyd/lookups.h"
#include "policyd/report_intake.h"
#include "provenance/inquiry.h"
#include "smtp/limits.h"
#include "text/ascii.h"

namespace policyd {
namespace {

constexpr std::size_t most_named = 10'000;         // addresses of To and Cc that are looked at
constexpr std::size_t longest_results = 4 * 1024;  // in the log

/// What looking at a message with so long a header takes at most: the header twice, and once for each signature; and
/// its fields, which are no more than smtp::most_header_fields.
std::size_t memory_for(std::size_t header) {
    constexpr std::size_t of_a_field = 2 * sizeof(mime::Field);
    return 12 * header + std::min(header / 4, smtp::most_header_fields) * of_a_field;
}

bool covers(const dkim::Verdict& verdict, const dkim::Header& header, std::string_view name) {
    const auto there = header.named(name).size();
    return static_cast<std::size_t>(std::ranges::count(verdict.signed_fields, name)) >= there;
}

void add_named(const dkim::Header& header, std::string_view name, std::vector<std::string>& named) {
    for (const auto* field : header.named(name)) {
        const auto mailboxes = mime::parse_address_list(field->value);
        if (!mailboxes) continue;
        for (const auto& mailbox : *mailboxes)
            if (named.size() < most_named) named.push_back(text::lower(mailbox.addr_spec));
    }
}

/// Those that the message was not addressed to, as far as the signature tells; and each of those who are only counted.
std::vector<std::string> unnamed_recipients(const Examine& asked, const dkim::Verdict& verdict,
                                            const dkim::Header& header) {
    std::vector<std::string> named;
    for (const auto* name : {"to", "cc"})
        if (covers(verdict, header, name)) add_named(header, name, named);
    std::ranges::sort(named);
    std::vector<std::string> unnamed;
    for (const auto& recipient : asked.recipients)
        if (!std::ranges::binary_search(named, text::lower(recipient))) unnamed.push_back(recipient);
    for (auto i = asked.recipients.size(); i < std::min<std::size_t>(asked.recipient_count, 1000); ++i)
        unnamed.push_back(std::to_string(i));
    return unnamed;
}

void add_replays(authres::Results& results, std::size_t spf_results, const std::vector<Replay>& replays) {
    for (const auto& replay : replays) {
        auto& result = results.results.at(spf_results + replay.signature);
        if (replay.is_suspicious)
            result.properties.push_back({"policy", "recipients", std::to_string(replay.recipients)});
        for (const auto& name : replay.uncovered) result.properties.push_back({"policy", "uncovered", name});
    }
}

void add_reason(authres::Results& results, const Decision& decision) {
    auto& dmarc = results.results.back();
    if (dmarc.result == "fail" && dmarc.reason.empty()) dmarc.reason = decision.reason;
}

/// As aggregate reports have it (RFC 9990 §3.1.6).
std::string_view type_of(Override override) {
    switch (override) {
        case Override::None: break;
        case Override::TestMode: return "policy_test_mode";
        case Override::TrustedForwarder: return "trusted_forwarder";
        case Override::MailingList: return "mailing_list";
        case Override::LocalPolicy: return "local_policy";
    }
    return {};
}

Judgement unreadable(std::uint64_t ticket) {
    Judgement judgement{.ticket = ticket};
    judgement.reply = {451, "4.3.0", "The message cannot be read at the moment"};
    judgement.reason = "has to wait: the message cannot be read";
    return judgement;
}

}  // namespace

std::size_t memory_for(const Content& content) {
    return memory_for(static_cast<std::size_t>(std::min<std::uint64_t>(content.size(), dkim::longest_header)));
}

std::vector<provenance::Spf> spf_of(const Examine& asked) {
    std::vector<provenance::Spf> found;
    for (const auto& one : asked.spf) {
        const bool is_known = spf::is_known(one.result) && spf::is_known(one.published) && spf::is_known(one.identity);
        if (!is_known) continue;  // Hostile
        const bool is_helo = one.identity == spf::Identity::Helo;
        found.push_back({.result = one.published,
                         .identity = one.identity,
                         .domain = one.domain,
                         .name = is_helo ? asked.helo : asked.reverse_path});
        if (one.result != one.published) found.back().locally = one.result;
    }
    return found;
}

std::string list_id_of(const dkim::Header& header) {
    const auto fields = header.named("List-Id");
    if (fields.size() != 1) return {};
    const auto text = mime::unfold(fields[0]->value);
    const auto open = text.rfind('<');
    const auto close = text.rfind('>');
    if (open == std::string::npos || close == std::string::npos || close < open) return text::lower(text);
    return text::lower(std::string_view(text).substr(open + 1, close - open - 1));
}

net::Task<Judged> Judge::judge(const Content& content, const Examine& asked, const Config& config,
                               const senders::List* senders, Bounds bounds) {
    const auto now = std::chrono::duration_cast<std::chrono::seconds>(clock_.wall().time_since_epoch()).count();
    provenance::Inquiry inquiry(static_cast<std::uint64_t>(std::max<std::int64_t>(now, 0)), spf_of(asked), &keys_);
    const bool is_whole = co_await content.read([&](std::string_view piece) { inquiry.add(piece); });
    if (!is_whole) co_return Judged{.judgement = unreadable(asked.ticket), .author = {}};
    inquiry.finish();
    bounds.share.shrink_to(memory_for(inquiry.header().text().size()) + content.octets_in_memory());
    while (inquiry.question()) {
        const auto question = *inquiry.question();
        const auto answer = co_await ask_until(resolver_, question, bounds.until);
        inquiry.answer(answer);
    }

    const auto& findings = inquiry.findings();
    Evidence evidence{.findings = findings,
                      .client = asked.client,
                      .list_id = list_id_of(inquiry.header()),
                      .sender = {},
                      .replays = look_for_replays(inquiry, asked, config.replay)};
    if (senders != nullptr) evidence.sender = senders->judge(identities_of(findings));
    const auto decision = decide(config, evidence);
    note(findings, asked, decision, is_for(asked.recipients, config.reports.receive));

    auto results = provenance::results_of(findings, site::authserv_id(config.policy, config));
    add_replays(results, findings.spf.size(), evidence.replays);
    add_reason(results, decision);
    const auto text = authres::to_text(results);
    Judgement judgement{.ticket = asked.ticket, .reply = decision.reply};
    judgement.head = mime::fold_field("Authentication-Results", text);
    judgement.junk = decision.junk;
    judgement.results = text.substr(text.find("; ") + 2).substr(0, longest_results);
    judgement.reason = decision.reason;
    co_return Judged{.judgement = std::move(judgement),
                     .author = findings.author.domain,
                     .is_proved = findings.dmarc.result == dmarc::Result::Pass,
                     .chain = findings.arc.result};
}

void Judge::note(const provenance::Findings& findings, const Examine& asked, const Decision& decision, bool is_report) {
    if (collector_ == nullptr || !asked.client || findings.author.domain.empty()) return;
    Evaluation evaluation{.client = *asked.client,
                          .header_from = findings.author.domain,
                          .envelope_from = provenance::domain_of(asked.reverse_path),
                          .dkim = findings.dkim,
                          .dmarc = findings.dmarc,
                          .disposition = decision.disposition,
                          .reasons = {},
                          .is_report = is_report};
    if (!findings.spf.empty()) {
        evaluation.spf_domain = findings.spf.front().domain;
        evaluation.spf = findings.spf.front().result;
    }
    if (const auto type = type_of(decision.override); !type.empty())
        evaluation.reasons.push_back({.type = std::string(type), .comment = decision.reason});
    collector_->note(evaluation);
}

std::vector<Replay> Judge::look_for_replays(const provenance::Inquiry& inquiry, const Examine& asked,
                                            const site::Replay& settings) {
    std::vector<Replay> replays;
    if (settings.behavior == site::ReplayBehavior::Off) return replays;
    const Replays::Limits limits{
        .signatures = settings.signatures, .recipients = settings.recipients, .window = settings.window};
    const auto& verdicts = inquiry.findings().dkim;
    for (std::size_t i = 0; i < std::min(verdicts.size(), dkim::most_signatures); ++i) {
        const auto& verdict = verdicts[i];
        if (verdict.result != dkim::Result::Pass) continue;
        Replay replay{.signature = i};
        for (const auto* name : {"to", "subject"})
            if (!covers(verdict, inquiry.header(), name)) replay.uncovered.emplace_back(name);
        replay.recipients =
            replays_.count(verdict.domain, verdict.octets, unnamed_recipients(asked, verdict, inquiry.header()), limits,
                           clock_.steady());
        const auto limit = replay.uncovered.empty() ? settings.recipients : std::max(settings.recipients / 4, 1u);
        replay.is_suspicious = replay.recipients > limit;
        replays.push_back(std::move(replay));
    }
    return replays;
}

}  // namespace policyd
