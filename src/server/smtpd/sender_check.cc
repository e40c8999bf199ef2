#include "smtpd/sender_check.h"

#include <utility>

namespace smtpd {

void SenderCheck::forget() {
    verdict_ = {250, "2.1.0", ""};
    trace_.clear();
}

net::Task<void> SenderCheck::ask(policyd::CheckSender sender) {
    forget();
    if (!site::is_checked(spf_)) co_return;
    auto opinion = co_await opinions_.of(sender);
    if (!opinion) {
        do_without(sender);
        co_return;
    }
    verdict_ = std::move(opinion->reply);
    // Hostile: the place of the queue id, which stands behind it, is within the first octets.
    if (opinion->trace.size() <= policyd::longest_trace) trace_ = std::move(opinion->trace);
}

// The least grade refuses nobody, so it does not refuse for want of an answer either.
void SenderCheck::do_without(const policyd::CheckSender& sender) {
    const bool is_taken = spf_.behavior < site::SpfBehavior::Defer || spf_.unavailable == site::WithoutPolicyd::Accept;
    log_.event(logs::Event::Warning, {{"reason", "policyd does not answer: SPF of <" + sender.reverse_path + "> from " +
                                                     ip::to_text(sender.client) + " is not checked, " +
                                                     (is_taken ? "mail is taken" : "mail has to wait")}});
    if (!is_taken) verdict_ = {451, "4.3.0", "Senders cannot be checked at the moment"};
}

}  // namespace smtpd
