#pragma once
// The attempts deliver has been asked to make: from qmgr's Attempt over directory's answer and a worker's report to
// AttemptDone, exactly one for each.
//
// Decides also which mail may have been delivered before without qmgr hearing of it, so that its mailbox is searched
// for it (mailbox/maildir.h): what a worker took along when it was lost, and what arrived before the last time that
// answers may have got lost, that is, before this process began or qmgr was lost. Mail younger than that was certainly
// never tried, or its attempt was answered. (A clock that is set back makes this search too often; one set forward and
// back between a crash and the restart, too seldom.)

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>

#include "clocks/clock.h"
#include "deliver/course.h"
#include "deliver/inbox.h"
#include "deliver/job.h"
#include "deliver/outcome.h"
#include "owner/place.h"
#include "qmgr/inbox.h"

namespace deliver {

class Attempts {
public:
    struct Settings {
        std::string mail_directory;
        bool becomes_owner = false;  // otherwise everything is delivered by one worker, as ourselves
        std::uint32_t own_uid = 0;
        std::uint32_t own_gid = 0;
        WhenOverQuota when_over_quota = WhenOverQuota::Fail;
        std::optional<std::uint32_t> alias_uid = {};  // as whom programs of aliases are run
        std::optional<std::uint32_t> lists_uid = {};  // as whom mailing lists are
        std::string list_command = {};
    };
    struct Neighbours {
        std::function<void(const directory::FindMailbox&)>
            ask;  // lost where directory is away; see directory_is_back()
        std::function<void(const qmgr::AttemptDone&)> answer;
        std::function<void(const Owner&, Job)> give;
        std::function<void(const runner::Run&)> run;  // lost where runner is away; see runner_is_lost()
        std::function<void(std::uint64_t message, const std::string& address, const Report&)> on_trouble;
    };

    Attempts(const clocks::Clock& clock, Settings settings, Neighbours neighbours)
        : clock_(clock), settings_(std::move(settings)), neighbours_(std::move(neighbours)), certain_since_(now()) {}

    void take(Attempt attempt);
    void take(directory::Mailbox mailbox);
    void take(const Report& report);
    void take(const Ended& ended);

    /// No more: what directory has not answered for yet is given back, and so is whatever comes. What is at work goes
    /// on.
    void stop();
    /// A job that no worker has begun with and none will: to qmgr, as if it had never been given out.
    void give_back(std::uint64_t ticket);

    /// Another directory: asked again what the one before did not answer.
    void directory_is_back();
    /// What it had to run may have been done or not.
    void runner_is_lost();
    /// Its attempts are void: it, or its successor, will ask again for what is not in its books as done.
    void qmgr_is_lost();

    void replace(Settings settings) { settings_ = std::move(settings); }
    std::size_t open() const { return looked_up_.size() + at_work_.size(); }

private:
    struct Open {
        std::uint64_t attempt = 0;
        std::uint64_t message = 0;
        std::uint32_t recipient = 0;
        std::string address;
        Owner owner = {};
        std::unique_ptr<Course> course = {};  // where the owner has something to say of his mail
    };

    std::int64_t now() const { return clock_.wall().time_since_epoch().count(); }
    bool may_be_there(const Attempt& attempt) const;
    bool may_run(const Attempt& attempt, const directory::Mailbox& mailbox) const;
    void note_certainty(const Open& open, Result result);
    void decline(std::uint64_t attempt);
    void finish(std::uint64_t attempt, qmgr::RecipientOutcome outcome);
    Job job_for(Attempt attempt, owner::Place place, const directory::Mailbox& mailbox) const;
    void put_to_work(Open open, Job job);
    void follow(Open open, Course::Next next);

    const clocks::Clock& clock_;
    Settings settings_;
    Neighbours neighbours_;
    bool is_stopping_ = false;
    std::uint64_t last_ticket_ = 0;
    std::unordered_map<std::uint64_t, Attempt> looked_up_;         // by ticket: directory has been asked
    std::unordered_map<std::uint64_t, Open> at_work_;              // by ticket: a worker has it, or will have
    std::int64_t certain_since_;                                   // milliseconds since 1970
    std::set<std::pair<std::uint64_t, std::uint32_t>> uncertain_;  // message and recipient, younger than that
};

}  // namespace deliver
