#include "dmarc/check.h"

#include <fmt/format.h>

#include <algorithm>

#include "dkim/signature.h"
#include "lang/verify.h"

namespace dmarc {
namespace {

// t=y asks for one step less (§4.7).
Policy milder(Policy policy) { return policy == Policy::Reject ? Policy::Quarantine : Policy::None; }

}  // namespace

std::string_view to_text(Result result) {
    switch (result) {
        case Result::Pass: return "pass";
        case Result::Fail: return "fail";
        case Result::None: return "none";
        case Result::TempError: return "temperror";
        case Result::PermError: return "permerror";
    }
    return "";
}

Check::Check(Evidence evidence) : evidence_(std::move(evidence)), walk_(evidence_.author_domain) { proceed(); }

void Check::answer(const dns::Answer& answer) {
    VERIFY(question_.has_value());
    answers_.emplace(*question_, answer);
    proceed();
}

// Goes as far as what is known reaches.
void Check::proceed() {
    question_.reset();
    while (step_ != Step::Done && !question_) {
        switch (step_) {
            case Step::Discover:
                if (walk_on()) discover();
                break;
            case Step::AskExistence: choose_policy(*walk_.at(report_.policy_domain)); break;
            case Step::Align: align_next(); break;
            case Step::Done: break;
        }
    }
}

/// True at the end of the walk.
bool Check::walk_on() {
    while (walk_.question()) {
        const auto known = answers_.find(*walk_.question());
        if (known == answers_.end()) {
            question_ = walk_.question();
            return false;
        }
        walk_.answer(known->second);
    }
    return true;
}

void Check::stop(Result result, std::string reason) {
    report_.result = result;
    report_.reason = std::move(reason);
    step_ = Step::Done;
}

// §4.10.1: the author domain's record, else that of the organizational domain, else that of the public suffix.
void Check::discover() {
    is_uncertain_ = walk_.has_failed();
    report_.walk = walk_.looks();
    report_.organizational_domain = walk_.organizational_domain();
    if (walk_.has_several()) return stop(Result::None, "the domain publishes several records");
    if (walk_.problem() == RecordProblem::Repeated)
        return stop(Result::PermError, fmt::format("the domain's record: {}", describe(RecordProblem::Repeated)));
    if (walk_.problem()) return stop(Result::None, fmt::format("the domain's record: {}", describe(*walk_.problem())));
    const auto* found = walk_.at(evidence_.author_domain);
    // What failed at the author domain may be the record that applies, whatever was found above it.
    if (found == nullptr && walk_.has_failed()) return stop(Result::TempError, "the DNS did not answer");
    if (found == nullptr) found = walk_.at(report_.organizational_domain);
    if (found == nullptr) found = walk_.public_suffix();
    if (found == nullptr) return stop(Result::None, "no record is published");
    report_.policy_domain = found->domain;
    report_.record = found->record;
    report_.is_testing = found->record.is_testing;
    choose_policy(*found);
}

// §4.7: p= for the domain itself, np= for names that do not exist (RFC 8020), sp= for others below it.
void Check::choose_policy(const TreeWalk::Found& found) {
    const auto& record = found.record;
    report_.policy = record.policy;
    if (found.domain != evidence_.author_domain) {
        report_.policy = record.subdomain_policy.value_or(record.policy);
        if (record.nonexistent_policy && record.nonexistent_policy != report_.policy) {
            const auto name = dns::parse_name(evidence_.author_domain);
            VERIFY(name.has_value());
            const dns::Question exists{*name, dns::Type::A};
            const auto known = answers_.find(exists);
            if (known == answers_.end()) {
                question_ = exists;
                step_ = Step::AskExistence;
                return;
            }
            is_uncertain_ = is_uncertain_ || !known->second.is_usable();
            const bool is_missing = known->second.is_usable() && known->second.existence == dns::Existence::NoName;
            if (is_missing) report_.policy = record.nonexistent_policy;
        }
    }
    begin_alignment();
}

void Check::begin_alignment() {
    step_ = Step::Align;
    if (!evidence_.spf_domain.empty())
        identifiers_.push_back({evidence_.spf_domain, report_.record->spf, &report_.spf_aligned});
    for (const auto& domain : evidence_.dkim_domains)
        if (identifiers_.size() < most_identifiers)
            identifiers_.push_back({domain, report_.record->dkim, &report_.dkim_aligned});
    if (!identifiers_.empty()) walk_ = TreeWalk(identifiers_.front().domain);
}

// Aligned: the same domain, or, relaxed, one with the same organizational domain (§4.4). A domain outside of ours has
// another one, so nobody need be asked.
void Check::align_next() {
    if (next_identifier_ == identifiers_.size()) return conclude();
    const auto& identifier = identifiers_[next_identifier_];
    bool is_aligned = identifier.domain == evidence_.author_domain;
    if (!is_aligned && !*identifier.is_aligned && identifier.mode == Alignment::Relaxed &&
        dkim::is_in_domain(identifier.domain, report_.organizational_domain)) {
        if (!walk_on()) return;
        is_aligned = walk_.organizational_domain() == report_.organizational_domain;
        is_uncertain_ = is_uncertain_ || walk_.has_failed();
    }
    *identifier.is_aligned = *identifier.is_aligned || is_aligned;
    if (++next_identifier_ < identifiers_.size()) walk_ = TreeWalk(identifiers_[next_identifier_].domain);
}

void Check::conclude() {
    if (report_.spf_aligned || report_.dkim_aligned) return stop(Result::Pass, "");
    if (is_uncertain_ || evidence_.had_temporary_error)
        return stop(Result::TempError, is_uncertain_ ? "the DNS did not answer" : "SPF or DKIM may pass another time");
    report_.disposition = report_.is_testing ? milder(*report_.policy) : *report_.policy;
    stop(Result::Fail, "");
}

}  // namespace dmarc
