#include "deliver/attempts.h"

namespace deliver {
namespace {

constexpr std::size_t most_uncertain = 10'000;

}  // namespace

void Attempts::take(Attempt attempt) {
    if (is_stopping_) return decline(attempt.attempt);
    const auto ticket = ++last_ticket_;
    const auto& kept = looked_up_.emplace(ticket, std::move(attempt)).first->second;
    neighbours_.ask({.ticket = ticket, .address = kept.address});
}

void Attempts::directory_is_back() {
    for (const auto& [ticket, attempt] : looked_up_) neighbours_.ask({.ticket = ticket, .address = attempt.address});
}

void Attempts::qmgr_is_lost() {
    certain_since_ = now();
    looked_up_.clear();
    uncertain_.clear();
    at_work_.clear();  // the workers finish what they have; nobody waits for it
}

void Attempts::take(directory::Mailbox mailbox) {
    auto found = looked_up_.extract(mailbox.ticket);
    if (found.empty()) return;  // answered twice, by the old directory and the new
    auto attempt = std::move(found.mapped());
    if (mailbox.found != directory::Found::Yes) return finish(attempt.attempt, outcome_of(mailbox));

    auto place = place_of(mailbox, settings_.mail_directory);
    if (!place) return finish(attempt.attempt, outcome_of(std::move(place.error())));
    if (!settings_.becomes_owner)
        place->owner = {.uid = settings_.own_uid, .gid = settings_.own_gid, .base = place->owner.base, .home = {}};
    const auto owner = place->owner;
    auto job = job_for(std::move(attempt), *std::move(place), mailbox);
    neighbours_.give(owner, std::move(job));
}

Job Attempts::job_for(Attempt attempt, Place place, const directory::Mailbox& mailbox) {
    const auto ticket = ++last_ticket_;
    const bool may_be_here = may_be_there(attempt);
    at_work_.emplace(ticket, Open{attempt.attempt, attempt.message, attempt.recipient, attempt.address});
    return {.ticket = ticket,
            .base = place.owner.base,
            .home = std::move(place.home),
            .path = std::move(place.path),
            .format = mailbox.format,
            .quota_bytes = mailbox.quota_bytes,
            .quota_messages = mailbox.quota_messages,
            .queue_id = spool::to_text(attempt.message),
            .recipient = attempt.recipient,
            .arrived = attempt.arrived,
            .address = std::move(attempt.address),
            .reverse_path = std::move(attempt.reverse_path),
            .may_be_here = may_be_here,
            .octets = std::move(attempt.octets),
            .blob = std::move(attempt.blob),
            .size = attempt.size};
}

void Attempts::take(const Report& report) {
    const auto found = at_work_.extract(report.ticket);
    if (found.empty()) return;  // of a qmgr that is gone
    const auto& open = found.mapped();
    note_certainty(open, report.result);
    if (report.result != Result::Delivered) neighbours_.on_trouble(open.message, open.address, report);
    finish(open.attempt, outcome_of(report.result, settings_.when_over_quota));
}

void Attempts::stop() {
    is_stopping_ = true;
    for (const auto& [ticket, attempt] : std::exchange(looked_up_, {})) decline(attempt.attempt);
}

void Attempts::give_back(std::uint64_t ticket) {
    if (const auto found = at_work_.extract(ticket)) decline(found.mapped().attempt);
}

void Attempts::decline(std::uint64_t attempt) { neighbours_.answer({.attempt = attempt, .was_begun = false}); }

bool Attempts::may_be_there(const Attempt& attempt) const {
    return attempt.arrived < certain_since_ || uncertain_.contains({attempt.message, attempt.recipient});
}

void Attempts::note_certainty(const Open& open, Result result) {
    const std::pair key{open.message, open.recipient};
    if (result == Result::Lost || result == Result::Failed)
        uncertain_.insert(key);
    else if (result == Result::Delivered)
        uncertain_.erase(key);
    if (uncertain_.size() < most_uncertain) return;
    uncertain_.clear();
    certain_since_ = now() + 1;
}

void Attempts::finish(std::uint64_t attempt, qmgr::RecipientOutcome outcome) {
    neighbours_.answer(
        {.attempt = attempt, .destination = qmgr::Destination::Fine, .recipients = {std::move(outcome)}});
}

}  // namespace deliver
