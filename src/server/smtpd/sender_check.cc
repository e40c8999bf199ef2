#include "smtpd/sender_check.h"

#include <algorithm>
#include <utility>

namespace smtpd {
namespace {

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
    if (!site::is_checked(spf_)) co_return;
    client_ = ip::to_text(sender.client);
    auto opinion = co_await opinions_.of(sender);
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
    const auto grade = site::behavior_for(spf_, domain);
    if (is_unasked_) return unasked_verdict(grade);
    if (grade == spf_.behavior) return opinion_.reply;
    // policyd may have other settings than we have, while they are changed.
    const auto found = std::ranges::find(opinion_.graded, std::to_underlying(grade), &policyd::GradedReply::behavior);
    return found == opinion_.graded.end() ? opinion_.reply : found->reply;
}

// The least grade refuses nobody, so it does not refuse for want of an answer either.
smtp::Reply SenderCheck::unasked_verdict(site::SpfBehavior grade) const {
    const bool is_taken = grade < site::SpfBehavior::Defer || spf_.unavailable == site::WithoutPolicyd::Accept;
    return is_taken ? taken : has_to_wait;
}

void SenderCheck::do_without(const policyd::CheckSender& sender) {
    is_unasked_ = true;
    const bool is_taken = unasked_verdict(spf_.behavior).is_positive();
    log_.event(logs::Event::Warning,
               {{"reason", "policyd does not answer: SPF of <" + sender.reverse_path + "> from " + client_ +
                               " is not checked, " + (is_taken ? "mail is taken" : "mail has to wait")}});
}

void SenderCheck::note(std::uint64_t message) const {
    for (const auto& finding : opinion_.findings)
        log_.event(logs::Event::SenderChecked, message,
                   {{"domain", finding.domain},
                    {"identity", finding.is_of_helo ? "helo" : "mailfrom"},
                    {"client", client_},
                    {"result", finding.result},
                    {"reason", finding.reason}});
}

}  // namespace smtpd
