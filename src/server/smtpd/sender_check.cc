#include "smtpd/sender_check.h"

#include <algorithm>
#include <utility>

#include "submitter/screened.h"

namespace smtpd {
namespace {

constexpr std::chrono::seconds to_be_heard{60};  // beyond the time that it takes at most

const smtp::Reply taken(250, "2.1.0", "Sender accepted");
const smtp::Reply has_to_wait(451, "4.3.0", "Senders cannot be checked at the moment");

}  // namespace

void SenderCheck::forget() {
    is_unasked_ = false;
    at_mail_ = taken;
    opinion_ = {.ticket = 0, .reply = taken, .trace = {}};
    client_.clear();
    trace_.clear();
}

net::Task<void> SenderCheck::ask(policyd::CheckSender sender) {
    forget();
    if (!site::asks_about_senders(settings_)) co_return;
    client_ = ip::to_text(sender.client);
    auto opinion = co_await opinions_.of(sender, 2 * settings_.spf.timeout + settings_.screening.timeout + to_be_heard);
    if (!opinion) {
        do_without(sender);
        co_return;
    }
    opinion_ = *std::move(opinion);
    if (opinion_.at_mail) at_mail_ = opinion_.reply;
    for (auto* text : {&opinion_.screened.reasons, &opinion_.screened.found})
        if (text->size() > policyd::longest_reasons) text->resize(policyd::longest_reasons);  // Hostile
    // Hostile: the place of the queue id, which stands behind it, is within the first octets.
    if (opinion_.trace.size() <= policyd::longest_trace) trace_ = std::move(opinion_.trace);
}

smtp::Reply SenderCheck::verdict_for(const smtp::Mailbox& recipient) const {
    auto verdict = spf_verdict(recipient.domain);
    if (!verdict.is_positive()) return verdict;
    const auto weight = weight_for(settings_.screening, recipient.local_part, recipient.domain);
    return is_unasked_ ? unasked_screening(weight) : submitter::verdict_of(opinion_.screened, weight);
}

smtp::Reply SenderCheck::spf_verdict(std::string_view domain) const {
    const auto grade = site::behavior_for(settings_.spf, domain);
    if (is_unasked_) return unasked_verdict(grade);
    if (grade == settings_.spf.behavior) return opinion_.reply;
    // policyd may have other settings than we have, while they are changed.
    const auto found = std::ranges::find(opinion_.graded, std::to_underlying(grade), &policyd::GradedReply::behavior);
    return found == opinion_.graded.end() ? opinion_.reply : found->reply;
}

// The least grade refuses nobody, so it does not refuse for want of an answer either.
smtp::Reply SenderCheck::unasked_verdict(site::SpfBehavior grade) const {
    const bool is_taken =
        grade < site::SpfBehavior::Defer || settings_.policy.unavailable == site::WithoutPolicyd::Accept;
    return is_taken ? taken : has_to_wait;
}

smtp::Reply SenderCheck::unasked_screening(const site::ScreeningWeight& weight) const {
    const bool is_taken = weight.is_exempt || !site::refuses(settings_.screening) ||
                          settings_.policy.unavailable == site::WithoutPolicyd::Accept;
    return is_taken ? taken : has_to_wait;
}

void SenderCheck::do_without(const policyd::CheckSender& sender) {
    is_unasked_ = true;
    const bool is_taken = unasked_verdict(settings_.spf.behavior).is_positive() && unasked_screening({}).is_positive();
    log_.event(logs::Event::Warning,
               {{"reason", "policyd does not answer: <" + sender.reverse_path + "> from " + client_ +
                               " is not checked, " + (is_taken ? "mail is taken" : "mail has to wait")}});
    const auto at = sender.reverse_path.rfind('@');
    opinion_.spf = {{.result = spf::Result::TempError,
                     .published = spf::Result::TempError,
                     .identity = at == std::string::npos ? spf::Identity::Helo : spf::Identity::MailFrom,
                     .domain = at == std::string::npos ? sender.helo : sender.reverse_path.substr(at + 1),
                     .reason = "policyd does not answer"}};
}

// A message has one verdict: the score counts unless all its recipients take mail of everybody.
void SenderCheck::hand_on(policyd::Examine& about) const {
    about.spf = opinion_.spf;
    const auto counts = [&](std::string_view address) {
        const auto at = std::min(address.rfind('@'), address.size());
        const auto domain = address.substr(std::min(at + 1, address.size()));
        return !weight_for(settings_.screening, address.substr(0, at), domain).is_exempt;
    };
    if (std::ranges::any_of(about.recipients, counts)) about.screening_score = opinion_.screened.score;
}

void SenderCheck::note(std::uint64_t message) const {
    if (!opinion_.screened.found.empty())
        log_.event(logs::Event::Screened, message, {{"client", client_}, {"reason", opinion_.screened.found}});
    for (const auto& finding : opinion_.spf)
        log_.event(logs::Event::SenderChecked, message,
                   {{"domain", finding.domain},
                    {"identity", finding.identity == spf::Identity::Helo ? "helo" : "mailfrom"},
                    {"client", client_},
                    {"result", to_text(finding.result)},
                    {"reason", finding.reason}});
}

}  // namespace smtpd
