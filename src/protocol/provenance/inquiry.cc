#include "provenance/inquiry.h"

#include <algorithm>

#include "text/idna.h"

namespace provenance {
namespace {

/// What SPF has proved (RFC 9989 §4.4.2): the domain of the reverse-path, or that of HELO where there is none.
std::string domain_by_spf(const std::vector<Spf>& spf) {
    if (spf.empty() || spf.front().result != spf::Result::Pass) return {};
    return text::to_a_labels(spf.front().domain).value_or("");
}

dmarc::Evidence evidence_of(const Findings& findings) {
    dmarc::Evidence evidence{
        .author_domain = findings.author.domain, .spf_domain = domain_by_spf(findings.spf), .dkim_domains = {}};
    for (const auto& verdict : findings.dkim)
        if (verdict.result == dkim::Result::Pass) evidence.dkim_domains.push_back(verdict.domain);
    return evidence;
}

/// Whether the author's domain would be proved, had the DNS answered, or had it answered otherwise.
bool may_pass_later(const Findings& findings) {
    const auto could_align = [&](std::string_view domain) {
        const auto& organization = findings.dmarc.organizational_domain;
        return !organization.empty() && dkim::is_in_domain(domain, organization);
    };
    const bool by_spf = !findings.spf.empty() && findings.spf.front().result == spf::Result::TempError &&
                        could_align(text::to_a_labels(findings.spf.front().domain).value_or(""));
    return by_spf || std::ranges::any_of(findings.dkim, [&](const dkim::Verdict& verdict) {
               return verdict.result == dkim::Result::TempError && could_align(verdict.domain);
           });
}

}  // namespace

Inquiry::Inquiry(std::uint64_t now, std::vector<Spf> spf, dkim::KeyCache* decoded)
    : dkim_(now, decoded), arc_(decoded) {
    findings_.spf = std::move(spf);
}

void Inquiry::add(std::string_view piece) {
    dkim_.add(piece);
    arc_.add(piece);
}

void Inquiry::finish() {
    dkim_.finish();
    arc_.finish();
    is_finished_ = true;
    findings_.author = author_of(dkim_.header());
    proceed();
}

const std::optional<dns::Question>& Inquiry::question() const {
    if (dkim_.question()) return dkim_.question();
    if (arc_.question()) return arc_.question();
    return dmarc_ ? dmarc_->question() : none_;
}

void Inquiry::answer(const dns::Answer& answer) {
    if (dkim_.question())
        dkim_.answer(answer);
    else if (arc_.question())
        arc_.answer(answer);
    else
        dmarc_->answer(answer);
    proceed();
}

void Inquiry::proceed() {
    if (dkim_.question() || arc_.question()) return;
    if (!dmarc_) {
        findings_.dkim = dkim_.verdicts();
        findings_.arc = arc_.report();
        if (findings_.author.domain.empty()) {
            findings_.dmarc.result = dmarc::Result::PermError;
            findings_.dmarc.reason = findings_.author.problem;
            return;
        }
        dmarc_.emplace(evidence_of(findings_));
    }
    if (!dmarc_->question()) conclude();
}

void Inquiry::conclude() {
    findings_.dmarc = dmarc_->report();
    if (findings_.dmarc.result != dmarc::Result::Fail || !may_pass_later(findings_)) return;
    findings_.dmarc.result = dmarc::Result::TempError;
    findings_.dmarc.disposition = dmarc::Policy::None;
    findings_.dmarc.reason = "SPF or DKIM may pass another time";
}

}  // namespace provenance
