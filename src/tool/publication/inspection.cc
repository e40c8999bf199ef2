#include "publication/inspection.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "authentication/lookups.h"
#include "dmarc/check.h"
#include "lang/try.h"
#include "signing_keys/publication.h"
#include "spf/check.h"
#include "spf/macro.h"
#include "text/ascii.h"
#include "text/escape.h"

namespace publication {
namespace {

constexpr std::size_t most_addresses = 20;  // of ours, each with its reverse name

std::string texts_of(const dns::Answer& answer, std::string_view prefix) {
    std::string texts;
    for (const auto& record : answer.records)
        if (const auto* txt = std::get_if<dns::Txt>(&record.value); txt && txt->joined().starts_with(prefix))
            texts += (texts.empty() ? "" : " and ") + txt->joined();
    return text::escaped(texts);
}

bool is_name(const dns::Name& name, std::string_view text) { return text::equal_ignoring_case(to_text(name), text); }

}  // namespace

std::string_view to_text(Grade grade) {
    switch (grade) {
        case Grade::Good: return "good";
        case Grade::Advice: return "advice";
        case Grade::Fault: return "fault";
        case Grade::Unknown: return "unknown";
    }
    return "";
}

std::string reverse_name(const ip::Address& address) {
    auto labels = spf::dotted(address);
    std::string reversed;
    while (!labels.empty()) {
        const auto dot = labels.rfind('.');
        reversed += labels.substr(dot == std::string::npos ? 0 : dot + 1) + ".";
        labels.resize(dot == std::string::npos ? 0 : dot);
    }
    return reversed + (address.is_v4() ? "in-addr.arpa" : "ip6.arpa");
}

void Inspection::note(std::string about, Grade grade, std::string text, std::string remedy) {
    findings_.push_back({std::move(about), grade, std::move(text), std::move(remedy)});
}

bool Inspection::is_unanswered(std::string_view about, std::string_view name, const dns::Answer& answer) {
    if (answer.is_usable()) return false;
    const auto why = answer.reason.empty() ? std::string(describe(answer.outcome)) : answer.reason;
    note(std::string(about), Grade::Unknown, fmt::format("{}: the DNS does not answer: {}", name, text::escaped(why)));
    return true;
}

std::expected<dns::Answer, std::string> Inspection::ask(std::string_view name, dns::Type type) const {
    const auto parsed = dns::parse_name(name);
    if (!parsed) return dns::failed(fmt::format("{} is no name", name));
    authentication::Lookups lookups({{*parsed, type}});
    if (const auto trouble = dns_.answer_all_of(lookups)) return std::unexpected(*trouble);
    return lookups.answers().front();
}

std::expected<std::vector<Finding>, std::string> Inspection::run() {
    TRY(look_at_exchangers());
    TRY(look_at_addresses());
    for (const auto& address : addresses_) TRY(look_at_reverse(address));
    TRY(look_at_spf());
    TRY(look_at_keys());
    TRY(look_at_dmarc());
    return findings_;
}

Inspection::Result Inspection::look_at_exchangers() {
    const auto answer = TRY(ask(domain_, dns::Type::Mx));
    if (is_unanswered("mx", domain_, answer)) return {};
    const auto publish = zone_line({domain_, "MX", fmt::format("10 {}.", hostname_)});
    if (!answer.has_records())
        return note("mx", Grade::Fault, fmt::format("{} has no MX", domain_), "publish " + publish), Result();
    std::string names;
    bool is_ours = false;
    for (const auto& record : answer.records) {
        const auto* mx = std::get_if<dns::Mx>(&record.value);
        if (!mx) continue;
        names += fmt::format("{}{} {}", names.empty() ? "" : ", ", mx->preference, to_text(mx->exchange));
        is_ours = is_ours || is_name(mx->exchange, hostname_);
    }
    if (is_ours)
        note("mx", Grade::Good, names);
    else
        note("mx", Grade::Fault, fmt::format("{}: none of them is {}", names, hostname_), "publish " + publish);
    return {};
}

Inspection::Result Inspection::look_at_addresses() {
    for (const auto type : {dns::Type::A, dns::Type::Aaaa}) {
        const auto answer = TRY(ask(hostname_, type));
        if (is_unanswered("address", hostname_, answer)) continue;
        for (const auto& record : answer.records)
            if (const auto* host = std::get_if<dns::Host>(&record.value); host && addresses_.size() < most_addresses)
                addresses_.push_back(host->address);
    }
    std::string text;
    for (const auto& address : addresses_) text += (text.empty() ? "" : ", ") + ip::to_text(address);
    if (!addresses_.empty()) return note("address", Grade::Good, fmt::format("{} is {}", hostname_, text)), Result();
    if (std::ranges::none_of(findings_, [](const Finding& one) { return one.about == "address"; }))
        note("address", Grade::Fault, fmt::format("{} has no address", hostname_),
             "publish its A or AAAA record, or set another hostname");
    return {};
}

// Others refuse mail of a client whose name does not lead back to it.
Inspection::Result Inspection::look_at_reverse(const ip::Address& address) {
    const auto text = ip::to_text(address);
    const auto answer = TRY(ask(reverse_name(address), dns::Type::Ptr));
    if (is_unanswered("reverse", text, answer)) return {};
    std::string names;
    bool is_ours = false;
    for (const auto& record : answer.records) {
        const auto* alias = std::get_if<dns::Alias>(&record.value);
        if (!alias) continue;
        names += (names.empty() ? "" : ", ") + to_text(alias->target);
        is_ours = is_ours || is_name(alias->target, hostname_);
    }
    const auto remedy =
        fmt::format("have whoever gave you the address publish {}.\tIN\tPTR\t{}.", reverse_name(address), hostname_);
    if (is_ours)  // and the name leads here: that is where the address comes from
        note("reverse", Grade::Good, fmt::format("{} is {}, and back", text, hostname_));
    else if (names.empty())
        note("reverse", Grade::Fault, text + " has no name", remedy);
    else
        note("reverse", Grade::Fault, fmt::format("{} is {}, not {}", text, names, hostname_), remedy);
    return {};
}

Inspection::Result Inspection::look_at_spf() {
    const auto answer = TRY(ask(domain_, dns::Type::Txt));
    if (is_unanswered("spf", domain_, answer)) return {};
    const auto published = texts_of(answer, "v=spf1");
    if (published.empty()) {
        const auto records = wanted(hostname_, domain_, {});
        note("spf", Grade::Fault, fmt::format("{} has no SPF record", domain_), "publish " + zone_line(records[1]));
        return {};
    }
    note("spf", Grade::Good, published);
    for (const auto& address : addresses_) TRY(look_at_spf_of(address));
    return {};
}

Inspection::Result Inspection::look_at_spf_of(const ip::Address& address) {
    spf::Check check({.client = address,
                      .helo = hostname_,
                      .mail_from = "postmaster@" + domain_,
                      .identity = spf::Identity::MailFrom,
                      .receiver = hostname_,
                      .now = now_});
    if (const auto trouble = dns_.answer_all_of(check)) return std::unexpected(*trouble);
    const auto& report = check.report();
    auto text = fmt::format("{} for our address {}, with {} of {} lookups", to_text(report.result),
                            ip::to_text(address), report.lookups, spf::most_lookups);
    if (!report.problem.empty()) text += ": " + text::escaped(report.problem);
    if (report.result == spf::Result::Pass) return note("spf", Grade::Good, std::move(text)), Result();
    if (report.result == spf::Result::TempError) return note("spf", Grade::Unknown, std::move(text)), Result();
    note("spf", Grade::Fault, std::move(text),
         report.result == spf::Result::PermError
             ? "mend the record: it has to be one, well-formed, with at most ten lookups"
             : fmt::format("add {}:{} to the record", address.is_v4() ? "ip4" : "ip6", ip::to_text(address)));
    return {};
}

Inspection::Result Inspection::look_at_keys() {
    if (std::ranges::none_of(keys_, [](const Key& key) { return key.state == signing_keys::State::Used; }))
        note("dkim", Grade::Fault, fmt::format("no key signs for {}", domain_),
             fmt::format("`hermod dkim rotate {}`, and sign = true in [dkim]", domain_));
    for (const auto& key : keys_) {
        const auto answer = TRY(ask(fmt::format("{}._domainkey.{}", key.selector, domain_), dns::Type::Txt));
        look_at_key(key, answer);
    }
    return {};
}

void Inspection::look_at_key(const Key& key, const dns::Answer& answer) {
    const auto name = fmt::format("{}._domainkey.{}", key.selector, domain_);
    const auto publish = "publish " + zone_line(wanted(hostname_, domain_, {key})[2]);
    using enum signing_keys::Published;
    const signing_keys::Key ours{.selector = key.selector,
                                 .kind = key.kind,
                                 .public_octets = key.public_octets,
                                 .revoked = key.state == signing_keys::State::Revoked ? 1 : 0};
    const auto found = signing_keys::published(ours, answer);
    if (found == Unknown) {
        is_unanswered("dkim", name, answer);
        return;
    }
    if (ours.revoked != 0) return note_revoked(name, found, publish);
    // A key that does not sign yet may still be on its way; one that signs no more is needed for what it signed.
    const auto grade = key.state == signing_keys::State::Used || key.state == signing_keys::State::Retired
                           ? Grade::Fault
                           : Grade::Advice;
    if (found == Yes)
        note("dkim", Grade::Good, fmt::format("{} is our key ({})", name, to_text(key.state)));
    else
        note("dkim", grade,
             fmt::format("{} is not {} ({})", name, found == Missing ? "published" : "our key", to_text(key.state)),
             publish);
}

// RFC 6376 §3.6.1: without a record, too, its signatures count for nothing; but it may be thought to come again.
void Inspection::note_revoked(const std::string& name, signing_keys::Published found, const std::string& publish) {
    using enum signing_keys::Published;
    if (found == Yes) return note("dkim", Grade::Good, name + " says that our key is revoked");
    if (found == Missing) return note("dkim", Grade::Advice, name + " does not say that our key is revoked", publish);
    note("dkim", Grade::Fault,
         name + " is still published with a key, though ours is revoked: whoever has it signs in our name", publish);
}

Inspection::Result Inspection::look_at_dmarc() {
    dmarc::Check check({.author_domain = domain_});
    if (const auto trouble = dns_.answer_all_of(check)) return std::unexpected(*trouble);
    const auto& report = check.report();
    const auto records = wanted(hostname_, domain_, {});
    const auto publish = "publish " + zone_line(records.back());
    if (report.result == dmarc::Result::TempError)
        return note("dmarc", Grade::Unknown, "the DNS does not answer: " + text::escaped(report.reason)), Result();
    if (!report.record || !report.policy) {
        note("dmarc", Grade::Fault,
             report.reason.empty() ? fmt::format("{} has no DMARC record", domain_) : text::escaped(report.reason),
             publish);
        return {};
    }
    const auto text = fmt::format("{}, by the record of {}", to_text(*report.policy), report.policy_domain);
    if (*report.policy == dmarc::Policy::None)
        note("dmarc", Grade::Advice, text + ": nobody refuses mail that others send in your name",
             "once its reports show that your own mail passes: p=quarantine, then p=reject");
    else
        note("dmarc", Grade::Good, text);
    return {};
}

}  // namespace publication
