#include "relay/job.h"

#include <utility>

#include "lang/verify.h"

namespace relay {

Job::Job(Attempt attempt)
    : attempt_(std::move(attempt)),
      message_(std::move(attempt_.octets), std::move(attempt_.blob), attempt_.size, attempt_.envelope.body),
      outcomes_(attempt_.envelope.recipients.size()),
      is_decided_(attempt_.envelope.recipients.size()),
      open_(attempt_.envelope.recipients.size()) {}

smtp::Outgoing Job::outgoing() {
    const auto& facts = message_.facts();
    smtp::Outgoing outgoing{.id = number(),
                            .envelope = attempt_.envelope,
                            .size = facts.size,
                            .longest_line = facts.longest_line,
                            .has_8bit = facts.has_8bit,
                            .has_8bit_header = facts.has_8bit_header};
    asked_.clear();
    for (std::size_t i = 0; i < is_decided_.size(); ++i)
        if (!is_decided_[i]) asked_.push_back(i);
    if (asked_.size() == is_decided_.size()) return outgoing;
    outgoing.envelope.recipients.clear();
    for (const auto recipient : asked_) outgoing.envelope.recipients.push_back(attempt_.envelope.recipients[recipient]);
    return outgoing;
}

void Job::take(const smtp::Outcome& outcome, std::string_view remote, std::string_view tls) {
    VERIFY(outcome.recipients.size() == asked_.size());
    const auto open_before = open_;
    for (std::size_t i = 0; i < asked_.size(); ++i) {
        const auto& recipient = outcome.recipients[i];
        if (recipient.result == smtp::RecipientOutcome::Result::NotTried) continue;
        if (is_busy(recipient)) destination_ = qmgr::Destination::Busy;
        auto decided = outcome_of(recipient, remote);
        decided.tls = tls;
        decide(asked_[i], std::move(decided));
    }
    asked_.clear();
    if (open_ == open_before) ++vain_connections_;
}

void Job::settle(const Verdict& verdict) {
    if (!is_settled() && verdict.destination != qmgr::Destination::Fine) destination_ = verdict.destination;
    for (std::size_t i = 0; i < is_decided_.size(); ++i)
        if (!is_decided_[i]) decide(i, verdict.outcome);
}

void Job::decide(std::size_t recipient, qmgr::RecipientOutcome outcome) {
    outcomes_[recipient] = std::move(outcome);
    is_decided_[recipient] = true;
    --open_;
}

qmgr::AttemptDone Job::not_begun() const {
    VERIFY(is_untouched());
    return {.attempt = number(), .was_begun = false};
}

qmgr::AttemptDone Job::done() {
    VERIFY(is_settled());
    return {.attempt = number(), .destination = destination_, .recipients = std::move(outcomes_)};
}

}  // namespace relay
