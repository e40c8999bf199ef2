#include "policyd/decision.h"

#include <fmt/format.h>

#include <algorithm>

#include "authres/results.h"
#include "text/ascii.h"
#include "text/counted.h"

namespace policyd {
namespace {

using site::DmarcBehavior;

smtp::Reply accepted() { return {250, "2.6.0", "Message accepted"}; }

bool is_below_any(std::string_view domain, const std::vector<std::string>& parents) {
    return std::ranges::any_of(parents, [&](const auto& parent) { return dkim::is_in_domain(domain, parent); });
}

bool is_proved(const provenance::Findings& findings, std::string_view domain) {
    const bool by_spf = !findings.spf.empty() && findings.spf.front().result == spf::Result::Pass &&
                        dkim::is_in_domain(text::lower(findings.spf.front().domain), domain);
    return by_spf || std::ranges::any_of(findings.dkim, [&](const dkim::Verdict& verdict) {
               return verdict.result == dkim::Result::Pass && dkim::is_in_domain(verdict.domain, domain);
           });
}

// Hostile: anybody can write List-Id, so the list must be proved besides.
const std::string* mailing_list(const site::Dmarc& dmarc, const Evidence& evidence) {
    const auto found = std::ranges::find_if(dmarc.mailing_lists, [&](const std::string& domain) {
        return dkim::is_in_domain(evidence.list_id, domain) && is_proved(evidence.findings, domain);
    });
    return found == dmarc.mailing_lists.end() ? nullptr : &*found;
}

bool says_dmarc_passed(std::string_view value, std::string_view author_domain) {
    const auto instance = value.find(';');  // "i=1;"
    if (instance == std::string_view::npos) return false;
    const auto results = authres::parse_results(value.substr(instance + 1));
    if (!results) return false;
    const auto is_author = [&](const authres::Property& property) {
        return property.type != "header" || property.name != "from" ||
               text::equal_ignoring_case(property.value, author_domain);
    };
    return std::ranges::any_of(results->results, [&](const authres::Result& result) {
        return result.method == "dmarc" && result.result == "pass" && std::ranges::all_of(result.properties, is_author);
    });
}

/// The first of the sealers who are trusted and follow each other up to the last, where he says that it passed.
/// Hostile: what is sealed before him may be made up, and passes as a chain all the same.
std::optional<std::string> trusted_sealer(const site::Arc& arc, const provenance::Findings& findings) {
    if (findings.arc.result != arc::Result::Pass) return std::nullopt;
    const auto& sealers = findings.arc.sealers;
    auto first = sealers.size();
    while (first > 0 && is_below_any(sealers[first - 1], arc.trusted_sealers)) --first;
    if (first == sealers.size() || !says_dmarc_passed(findings.arc.results[first], findings.author.domain))
        return std::nullopt;
    return sealers[first];
}

struct Exception {
    Override kind = Override::None;
    std::string reason;
};

std::optional<Exception> exception_for(const site::Authentication& settings, const Evidence& evidence) {
    const auto& dmarc = settings.dmarc;
    const auto is_client_in = [&](const ip::Network& network) {
        return evidence.client && network.contains(evidence.client->unmapped());
    };
    if (std::ranges::any_of(dmarc.trusted_forwarders, is_client_in))
        return Exception{Override::TrustedForwarder, "the client is a trusted forwarder"};
    if (const auto* list = mailing_list(dmarc, evidence))
        return Exception{Override::MailingList, fmt::format("it comes from a mailing list of {}", *list)};
    if (is_below_any(evidence.findings.author.domain, dmarc.exceptions))
        return Exception{Override::LocalPolicy, "the author's domain is an exception of ours"};
    if (const auto sealer = trusted_sealer(settings.arc, evidence.findings))
        return Exception{Override::TrustedForwarder, fmt::format("{} has sealed that DMARC passed there", *sealer)};
    return std::nullopt;
}

Decision take(std::string reason, Override kind) {
    return {.reply = accepted(), .reason = std::move(reason), .override = kind};
}

Decision quarantine(std::string reason, Override kind) {
    return {.reply = accepted(),
            .junk = true,
            .reason = std::move(reason),
            .override = kind,
            .disposition = dmarc::Policy::Quarantine};
}

/// Mail without one author has no domain that could ask for anything; but who wants to get around DMARC would write
/// two.
Decision decide_without_author(const site::Authentication& settings, const Evidence& evidence) {
    const auto& problem = evidence.findings.author.problem;
    if (settings.dmarc.behavior < DmarcBehavior::Quarantine) return take("", Override::None);
    if (const auto exception = exception_for(settings, evidence))
        return take(fmt::format("taken although {}, as {}", problem, exception->reason), exception->kind);
    if (settings.dmarc.behavior == DmarcBehavior::Quarantine)
        return quarantine(fmt::format("to junk: {}", problem), Override::None);
    return {.reply = {550, "5.6.0", fmt::format("From must name one author or authors of one domain: {}", problem)},
            .reason = "refused: " + problem};
}

Decision decide_on_failure(const site::Authentication& settings, const Evidence& evidence) {
    const auto& report = evidence.findings.dmarc;
    const auto& domain = evidence.findings.author.domain;
    const auto wanted = report.disposition;
    const auto wish = fmt::format("{} wants it {}ed", domain, wanted == dmarc::Policy::Reject ? "reject" : "quarantin");
    if (wanted == dmarc::Policy::None)
        return take(report.policy == dmarc::Policy::None ? "" : fmt::format("taken: {} tests its policy", domain),
                    report.policy == dmarc::Policy::None ? Override::None : Override::TestMode);
    if (const auto exception = exception_for(settings, evidence))
        return take(fmt::format("taken although {}, as {}", wish, exception->reason), exception->kind);
    switch (settings.dmarc.behavior) {
        case DmarcBehavior::Off:
        case DmarcBehavior::Record:
        case DmarcBehavior::Defer:
            return take(fmt::format("taken although {}, as dmarc.behavior has it", wish), Override::LocalPolicy);
        case DmarcBehavior::Quarantine:
            return quarantine(fmt::format("to junk: {}", wish),
                              wanted == dmarc::Policy::Quarantine ? Override::None : Override::LocalPolicy);
        case DmarcBehavior::Reject: break;
    }
    if (wanted == dmarc::Policy::Quarantine)
        return quarantine(fmt::format("to junk: {}", wish), report.is_testing ? Override::TestMode : Override::None);
    return {
        .reply = {550, "5.7.26",
                  fmt::format("{} wants mail rejected that neither SPF nor DKIM proves to be its own (DMARC)", domain)},
        .reason = fmt::format("refused: {}", wish),
        .disposition = dmarc::Policy::Reject};
}

Decision decide_by_dmarc(const site::Authentication& settings, const Evidence& evidence) {
    const auto& findings = evidence.findings;
    if (findings.author.domain.empty()) return decide_without_author(settings, evidence);
    const auto& report = findings.dmarc;
    if (report.result == dmarc::Result::Fail) return decide_on_failure(settings, evidence);
    const bool wants_nothing = report.policy == dmarc::Policy::None;
    if (report.result != dmarc::Result::TempError || settings.dmarc.behavior < DmarcBehavior::Defer || wants_nothing)
        return take("", Override::None);
    if (const auto exception = exception_for(settings, evidence))
        return take(fmt::format("taken although the DNS did not answer, as {}", exception->reason), exception->kind);
    return {.reply = {451, "4.7.0",
                      fmt::format("DMARC: the DNS did not answer about mail of {}; try again later",
                                  findings.author.domain)},
            .reason = "has to wait: the DNS did not answer about the author's domain"};
}

void suspect(Decision& decision, const site::Replay& settings, const std::vector<Replay>& replays) {
    const auto found = std::ranges::find_if(replays, &Replay::is_suspicious);
    if (found == replays.end() || !decision.reply.is_positive()) return;
    const bool is_junk = settings.behavior == site::ReplayBehavior::Junk;
    decision.junk = decision.junk || is_junk;
    decision.reason += fmt::format("{}{}its signature has come for {} or more that it does not name",
                                   decision.reason.empty() ? "" : "; ", is_junk ? "to junk: " : "",
                                   text::counted(found->recipients, "recipient"));
}

}  // namespace

Decision decide(const site::Authentication& settings, const Evidence& evidence) {
    using Kind = senders::Opinion::Kind;
    const auto& sender = evidence.sender;
    if (sender.kind == Kind::Blocked) {
        if (settings.senders.behavior == site::SendersBehavior::Reject)
            return {.reply = {550, "5.7.1", fmt::format("Mail from {} is not wanted here", sender.identity)},
                    .reason = fmt::format("refused: {} is blocked", sender.identity)};
        auto decision = decide_by_dmarc(settings, evidence);  // which may be sterner
        if (!decision.reply.is_positive()) return decision;
        decision.junk = true;
        decision.reason = fmt::format("to junk: {} is blocked{}{}", sender.identity,
                                      decision.reason.empty() ? "" : "; ", decision.reason);
        return decision;
    }
    if (sender.kind == Kind::Allowed)
        return take(fmt::format("taken: {} is allowed", sender.identity), Override::LocalPolicy);
    auto decision = decide_by_dmarc(settings, evidence);
    suspect(decision, settings.replay, evidence.replays);
    return decision;
}

senders::Identities identities_of(const provenance::Findings& findings) {
    senders::Identities who;
    const auto add_address = [](std::vector<std::string>& names, std::string_view address) {
        const auto at = address.rfind('@');
        const auto domain = provenance::domain_of(address);
        if (domain.empty()) return;
        names.push_back(at == 0 ? domain : fmt::format("{}@{}", text::lower(address.substr(0, at)), domain));
    };
    for (const auto& verdict : findings.dkim) {
        if (verdict.result != dkim::Result::Pass) continue;
        who.validated.push_back(verdict.domain);
        add_address(who.validated, verdict.identity);
    }
    for (const auto& one : findings.spf) {
        const auto name = one.identity == spf::Identity::MailFrom ? one.name : "@" + one.domain;
        add_address(one.result == spf::Result::Pass ? who.validated : who.claimed, name);
    }
    for (const auto& mailbox : findings.author.mailboxes)
        add_address(findings.dmarc.result == dmarc::Result::Pass ? who.validated : who.claimed, mailbox.addr_spec);
    return who;
}

}  // namespace policyd
