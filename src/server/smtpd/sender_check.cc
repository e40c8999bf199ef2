#include "smtpd/sender_check.h"

#include <algorithm>
#include <utility>

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
    auto opinion = co_await opinions_.of(sender, 2 * settings_.spf.timeout + to_be_heard);
    if (!opinion) {
        do_without(sender);
        co_return;
    }
    opinion_ = *std::move(opinion);
    if (opinion_.at_mail) at_mail_ = opinion_.reply;
    // Hostile: the place of the queue id, which stands behind it, is within the first octets.
    if (opinion_.trace.size() <= policyd::longest_trace) trace_ = std::move(opinion_.trace);
}

smtp::Reply SenderCheck::verdict_for(std::string_view domain) const {
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

void SenderCheck::do_without(const policyd::CheckSender& sender) {
    is_unasked_ = true;
    const bool is_taken = unasked_verdict(settings_.spf.behavior).is_positive();
    log_.event(logs::Event::Warning,
               {{"reason", "policyd does not answer: SPF of <" + sender.reverse_path + "> from " + client_ +
                               " is not checked, " + (is_taken ? "mail is taken" : "mail has to wait")}});
    const auto at = sender.reverse_path.rfind('@');
    opinion_.spf = {{.result = spf::Result::TempError,
                     .published = spf::Result::TempError,
                     .identity = at == std::string::npos ? spf::Identity::Helo : spf::Identity::MailFrom,
                     .domain = at == std::string::npos ? sender.helo : sender.reverse_path.substr(at + 1),
                     .reason = "policyd does not answer"}};
}

void SenderCheck::note(std::uint64_t message) const {
    for (const auto& finding : opinion_.spf)
        log_.event(logs::Event::SenderChecked, message,
                   {{"domain", finding.domain},
                    {"identity", finding.identity == spf::Identity::Helo ? "helo" : "mailfrom"},
                    {"client", client_},
                    {"result", to_text(finding.result)},
                    {"reason", finding.reason}});
}

}  // namespace smtpd
