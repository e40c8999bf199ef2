// What an outcome means for each recipient: over, or another time, or that the time is up.

#include <algorithm>

#include <fmt/format.h>

#include "qmgr/queue.h"

namespace qmgr {
namespace {

constexpr std::uint32_t enough_attempts = 10;

const smtp::Reply returned{554, "5.7.0", "Returned by the administrator of the mail server"};
const smtp::Reply outlived{451, "4.4.7", "It could not be delivered for too long"};

std::string age_text(milliseconds age) {
    const auto minutes = age.count() / 60'000;
    return fmt::format("{} d {} h {} min", minutes / 1440, minutes / 60 % 24, minutes % 60);
}

}  // namespace

/// Its time is over: by the clock, and because it was tried often enough. The second keeps a server whose clock is
/// wrong at start from giving up all its mail: up to ten attempts, or half of what the schedule makes in a lifetime.
/// Where the destination rests, the attempts of others to reach it count.
bool Queue::is_expired(const spool::Entry& entry, const spool::Task& task, const DestinationState* destination) const {
    const auto lifetime = entry.is_bounce ? settings_.bounce_lifetime : settings_.lifetime;
    if (ages_.age(entry.arrived) < lifetime) return false;
    const auto enough = std::clamp(schedule_.attempts_within(lifetime) / 2, 1U, enough_attempts);
    return std::max<std::uint32_t>(task.attempts, destination ? destination->failures : 0) >= enough;
}

bool Queue::is_delay_due(const spool::Entry& entry, const spool::Task& task) const {
    return settings_.delay_notice > milliseconds(0) && !task.delay_noticed && !entry.is_bounce &&
           ages_.age(entry.arrived) >= settings_.delay_notice;
}

void Queue::judge_one(Verdict& verdict, const RecipientOutcome& outcome) const {
    verdict.status = outcome.status <= Status::Failed ? outcome.status : Status::Deferred;
    verdict.reply = outcome.reply;
    if (verdict.reply.text.size() > 4096) verdict.reply.text.resize(4096);
    if (verdict.reply.code < 200 || verdict.reply.code > 599)
        verdict.reply.code = verdict.status == Status::Failed ? 550 : verdict.status == Status::Deferred ? 450 : 250;
    verdict.remote = outcome.remote.substr(0, 512);
    verdict.remote_does_dsn = outcome.remote_does_dsn;
    verdict.tls = outcome.tls.substr(0, 512);
}

void Queue::judge(Flight& flight, const AttemptDone& message, const Subject& subject) {
    Conclusion& conclusion = flight.draft;
    const RecipientOutcome nonsense{.reply = {451, "4.3.0", "the delivering process did not say what happened"}};
    const bool is_complete = message.recipients.size() == conclusion.verdicts.size();
    for (std::size_t i = 0; i < conclusion.verdicts.size(); ++i)
        judge_one(conclusion.verdicts[i], is_complete ? message.recipients[i] : nonsense);

    spool::Task now_tried = *subject.task;
    if (now_tried.attempts < 0xffff) ++now_tried.attempts;
    if (flight.bounce_wanted) {
        for (auto& verdict : conclusion.verdicts) {
            if (verdict.is_final()) continue;
            verdict.status = Status::Failed;
            verdict.reply = returned;
        }
    } else if (is_expired(*subject.entry, now_tried, &destinations_[flight.destination])) {
        expire(conclusion, now_tried);
    } else {
        conclusion.notices_delay = is_delay_due(*subject.entry, *subject.task);
    }
}

/// Those still waiting have failed, with the last reply as the reason.
void Queue::expire(Conclusion& conclusion, const spool::Task& task) const {
    for (auto& verdict : conclusion.verdicts) {
        if (verdict.is_final()) continue;
        verdict.status = Status::Failed;
        verdict.is_expired = true;
        if (verdict.reply.code != 0) continue;
        verdict.reply = outlived;
        if (const auto last = spool_.diagnostic(task.diagnostic); !last.empty())
            verdict.reply.text += fmt::format("; last: {}", last);
    }
}

void Queue::record_verdicts(const Conclusion& conclusion, std::int64_t due) {
    const auto age = age_text(ages_.age(conclusion.arrived));
    for (const auto& verdict : conclusion.verdicts) {
        const auto& to = verdict.recipient.address;
        const std::string reply =
            fmt::format("{} {} {}", verdict.reply.code, verdict.reply.enhanced, verdict.reply.text);
        const auto say = [&](logs::Event event) {
            record_(event, conclusion.id,
                    {{"to", to},
                     {"attempt", conclusion.attempt},
                     {"recipient", verdict.in_attempt},
                     {"remote", verdict.remote},
                     {"reply", reply}});
        };
        switch (verdict.status) {
            case Status::Delivered: say(logs::Event::Delivered); break;
            case Status::Relayed:
                record_(logs::Event::Relayed, conclusion.id,
                        {{"to", to},
                         {"attempt", conclusion.attempt},
                         {"recipient", verdict.in_attempt},
                         {"remote", verdict.remote},
                         {"tls", verdict.tls},
                         {"reply", reply}});
                break;
            case Status::Deferred:
                if (conclusion.attempt == 0) break;  // nothing was tried
                record_(logs::Event::Deferred, conclusion.id,
                        {{"to", to},
                         {"attempt", conclusion.attempt},
                         {"recipient", verdict.in_attempt},
                         {"remote", verdict.remote},
                         {"reply", reply},
                         {"due", due}});
                break;
            case Status::Failed:
                if (!verdict.is_expired)
                    say(logs::Event::Failed);
                else
                    record_(logs::Event::Expired, conclusion.id,
                            {{"to", to},
                             {"attempt", conclusion.attempt},
                             {"recipient", verdict.in_attempt},
                             {"remote", verdict.remote},
                             {"reply", reply},
                             {"age", age}});
        }
    }
}

}  // namespace qmgr
