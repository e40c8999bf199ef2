#include "aggregate/destinations.h"

#include <algorithm>

#include "smtp/path.h"
#include "text/ascii.h"
#include "text/hex.h"
#include "text/idna.h"

namespace aggregate {
namespace {

std::optional<std::string> percent_decoded(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out += text[i];
            continue;
        }
        const auto octet = text::parse_hex(text.substr(i + 1, 2));
        if (!octet || octet->size() != 1) return std::nullopt;
        out += *octet;
        i += 2;
    }
    return out;
}

std::string host_of(const std::string& address) {
    return text::lower(text::to_a_labels(address.substr(address.rfind('@') + 1)).value_or(""));
}

}  // namespace

std::optional<Destination> parse_destination(const dmarc::ReportUri& uri) {
    constexpr std::string_view scheme = "mailto:";
    if (!text::starts_with_ignoring_case(uri.uri, scheme)) return std::nullopt;
    auto rest = std::string_view(uri.uri).substr(scheme.size());
    const auto address = percent_decoded(rest.substr(0, rest.find('?')));
    if (!address) return std::nullopt;
    const auto mailbox = smtp::parse_mailbox(*address, smtp::Utf8::Refused);
    if (!mailbox || host_of(smtp::to_text(*mailbox)).empty()) return std::nullopt;
    return Destination{smtp::to_text(*mailbox), uri.most_octets};
}

Destinations::Destinations(std::string policy_domain, const std::vector<dmarc::ReportUri>& uris)
    : policy_domain_(std::move(policy_domain)), own_(policy_domain_) {
    for (const auto& uri : uris)
        if (auto destination = parse_destination(uri); destination && candidates_.size() < dmarc::most_report_uris)
            candidates_.push_back(*std::move(destination));
    begin_next();
}

void Destinations::begin_next() {
    question_.reset();
    for (; next_ < candidates_.size(); ++next_) {
        host_ = host_of(candidates_[next_].address);
        if (host_ == policy_domain_) {
            found_.push_back(candidates_[next_]);
            continue;
        }
        step_ = Step::OwnOrganization;
        theirs_.emplace(host_);
        proceed();
        return;
    }
}

/// Its own first, which is asked about once.
void Destinations::proceed() {
    if (step_ == Step::OwnOrganization) {
        question_ = own_.question();
        if (question_) return;
        step_ = Step::TheirOrganization;
    }
    question_ = theirs_->question();
    if (question_) return;
    const bool is_known = !own_.has_failed() && !theirs_->has_failed();
    if (is_known && own_.organizational_domain() == theirs_->organizational_domain()) {
        found_.push_back(candidates_[next_++]);
        return begin_next();
    }
    ask_for_consent();
}

void Destinations::ask_for_consent() {
    step_ = Step::Consent;
    const auto name = dns::parse_name(policy_domain_ + "._report._dmarc." + host_);
    if (name) {
        question_ = dns::Question{*name, dns::Type::Txt};
        return;
    }
    ++next_;  // §4: a name that is too long
    begin_next();
}

void Destinations::answer(const dns::Answer& answer) {
    if (!question_) return;
    switch (step_) {
        case Step::OwnOrganization: own_.answer(answer); return proceed();
        case Step::TheirOrganization: theirs_->answer(answer); return proceed();
        case Step::Consent: break;
    }
    take_consent(answer);
    ++next_;
    begin_next();
}

void Destinations::take_consent(const dns::Answer& answer) {
    const bool is_known = answer.is_usable() && !own_.has_failed() && !theirs_->has_failed();
    had_temporary_error_ = had_temporary_error_ || (!is_known && !answer.has_records());
    if (!answer.has_records()) return;
    bool is_agreed = false, is_elsewhere = false;
    std::vector<Destination> instead;
    for (const auto& record : answer.records) {
        const auto* txt = std::get_if<dns::Txt>(&record.value);
        const auto consent = txt ? dmarc::parse_consent(txt->joined()) : std::nullopt;
        if (!consent) continue;
        is_agreed = true;
        for (const auto& uri : *consent)
            if (auto other = parse_destination(uri)) {
                is_elsewhere = is_elsewhere || host_of(other->address) != host_;
                instead.push_back(*std::move(other));
            }
    }
    // §4: who passes it on to somebody else gets nothing, and neither does the other.
    if (!is_agreed || is_elsewhere) return;
    if (instead.empty())
        found_.push_back(candidates_[next_]);
    else
        found_.insert(found_.end(), instead.begin(),
                      instead.begin() + std::min<std::ptrdiff_t>(2, std::ssize(instead)));
}

}  // namespace aggregate
