#include "deliver/attempts.h"

#include "addressing/target.h"

namespace deliver {
namespace {

constexpr std::size_t most_uncertain = 10'000;

directory::FindMailbox question(std::uint64_t ticket, const Attempt& attempt) {
    return {.ticket = ticket, .address = attempt.address, .target = attempt.target, .is_plain = attempt.is_plain};
}

}  // namespace

void Attempts::take(Attempt attempt) {
    if (is_stopping_) return decline(attempt.attempt);
    const auto ticket = ++last_ticket_;
    const auto& kept = looked_up_.emplace(ticket, std::move(attempt)).first->second;
    neighbours_.ask(question(ticket, kept));
}

void Attempts::directory_is_back() {
    for (const auto& [ticket, attempt] : looked_up_) neighbours_.ask(question(ticket, attempt));
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
    if (mailbox.is_list && settings_.lists_uid != mailbox.uid)
        return finish(attempt.attempt,
                      outcome_of(smtp::Reply(451, "4.3.5", "The program of mailing lists cannot be run")));
    if (!mailbox.is_list && !mailbox.command.empty() && !may_run(attempt, mailbox))
        return finish(attempt.attempt, outcome_of(smtp::Reply(451, "4.3.5", "The alias's program cannot be run")));

    auto place = owner::place_of(mailbox, settings_.mail_directory);
    if (!place) return finish(attempt.attempt, outcome_of(std::move(place.error())));
    if (!settings_.becomes_owner)
        place->owner = {.uid = settings_.own_uid, .gid = settings_.own_gid, .base = place->owner.base, .home = {}};
    Open open{attempt.attempt, attempt.message, attempt.recipient, attempt.address, place->owner};
    auto job = job_for(std::move(attempt), *std::move(place), mailbox);
    if (mailbox.is_list) mailbox.command = settings_.list_command;
    if (!mailbox.command.empty()) {
        open.course = std::make_unique<Course>(std::move(job), mailbox, settings_.when_over_quota);
        auto next = open.course->begin_with(mailbox.command);
        return follow(std::move(open), std::move(next));
    }
    if (mailbox.instructions != directory::Instructions::None) {
        open.course = std::make_unique<Course>(std::move(job), mailbox, settings_.when_over_quota);
        job = open.course->begin();
    }
    put_to_work(std::move(open), std::move(job));
}

/// Hostile: of the queue and directory either may be broken into. A program is run if both name it, and as the user
/// whom the configuration names.
bool Attempts::may_run(const Attempt& attempt, const directory::Mailbox& mailbox) const {
    const auto target = addressing::parse_target(attempt.target);
    return target && target->kind == addressing::Target::Kind::Program && target->text == mailbox.command &&
           settings_.alias_uid == mailbox.uid;
}

Job Attempts::job_for(Attempt attempt, owner::Place place, const directory::Mailbox& mailbox) const {
    const bool may_be_here = may_be_there(attempt);
    return {.base = place.owner.base,
            .home = std::move(place.home),
            .path = std::move(place.path),
            .format = mailbox.format,
            .is_junk = attempt.is_junk,
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

void Attempts::put_to_work(Open open, Job job) {
    job.ticket = ++last_ticket_;
    const auto owner = open.owner;
    at_work_.emplace(job.ticket, std::move(open));
    neighbours_.give(owner, std::move(job));
}

void Attempts::take(const Report& report) {
    auto found = at_work_.extract(report.ticket);
    if (found.empty()) return;  // of a qmgr that is gone
    auto open = std::move(found.mapped());
    note_certainty(open, report.result);
    if (report.result != Result::Delivered) neighbours_.on_trouble(open.message, open.address, report);
    if (!open.course) return finish(open.attempt, outcome_of(report.result, settings_.when_over_quota));
    auto next = open.course->take(report);
    follow(std::move(open), std::move(next));
}

void Attempts::take(const Ended& ended) {
    auto found = at_work_.extract(ended.ticket);
    if (found.empty() || !found.mapped().course || !found.mapped().course->is_running()) return;
    auto next = found.mapped().course->take(ended);
    follow(std::move(found.mapped()), std::move(next));
}

void Attempts::follow(Open open, Course::Next next) {
    if (auto* job = std::get_if<Job>(&next)) return put_to_work(std::move(open), std::move(*job));
    if (auto* run = std::get_if<runner::Run>(&next)) {
        run->ticket = ++last_ticket_;
        at_work_.emplace(run->ticket, std::move(open));
        return neighbours_.run(*run);
    }
    if (std::get<qmgr::RecipientOutcome>(next).status != qmgr::Status::Delivered && open.course->has_begun())
        uncertain_.insert({open.message, open.recipient});
    finish(open.attempt, std::get<qmgr::RecipientOutcome>(std::move(next)));
}

void Attempts::runner_is_lost() {
    std::vector<std::uint64_t> tickets;
    for (const auto& [ticket, open] : at_work_)
        if (open.course && open.course->is_running()) tickets.push_back(ticket);
    for (const auto ticket : tickets)
        take(Ended{.ticket = ticket, .how = Ended::How::NotStarted, .status = 0, .output = "interrupted"});
}

void Attempts::stop() {
    is_stopping_ = true;
    for (const auto& [ticket, attempt] : std::exchange(looked_up_, {})) decline(attempt.attempt);
}

void Attempts::give_back(std::uint64_t ticket) {
    const auto found = at_work_.extract(ticket);
    if (found.empty()) return;
    const auto& [attempt, message, recipient, address, owner, course] = found.mapped();
    if (course && course->has_begun()) return finish(attempt, outcome_of(Result::Lost, settings_.when_over_quota));
    decline(attempt);
}

void Attempts::decline(std::uint64_t attempt) { neighbours_.answer({.attempt = attempt, .was_begun = false}); }

bool Attempts::may_be_there(const Attempt& attempt) const {
    return attempt.arrived < certain_since_ || uncertain_.contains({attempt.message, attempt.recipient});
}

void Attempts::note_certainty(const Open& open, Result result) {
    const std::pair key{open.message, open.recipient};
    if (result == Result::Lost || result == Result::Failed)
        uncertain_.insert(key);
    else if (result == Result::Delivered && !open.course)
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
