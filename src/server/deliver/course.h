#pragma once
// One message on its way through a user's instructions, as qmail-local(8) has it: files and programs one after another,
// the first failure stops the rest and suppresses all forwards; forwards come last, all at once. Pure: it is told what
// came of a step, and says the next.

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "deliver/inbox.h"
#include "deliver/job.h"
#include "deliver/outcome.h"
#include "directory/inbox.h"
#include "owner/place.h"
#include "qmgr/inbox.h"
#include "runner/inbox.h"

namespace deliver {

class Course {
public:
    using Next = std::variant<Job, runner::Run, qmgr::RecipientOutcome>;

    /// `standard`: the delivery into the mailbox that directory told, of which the other steps are variants.
    Course(Job standard, const directory::Mailbox& mailbox, WhenOverQuota when_over_quota);

    /// The order to read the instructions.
    Job begin() const;
    /// Instead: this program is all there is to do.
    Next begin_with(std::string command);
    Next take(const Report& report);
    Next take(const deliver::Ended& ended);

    /// Whether something was done that a repetition might do again.
    /// Whether runner has it now.
    bool is_running() const { return is_running_; }
    bool has_begun() const { return files_ + programs_ > 0 || is_running_ || is_forwarding_; }

private:
    Next read(const Plan& plan);
    Next proceed();
    Next carry_out(const Step& step);
    Next run(const std::string& command);
    Next forward();
    Next finished() const;
    bool set_sender(const Plan& plan);

    Job standard_;
    std::string home_;  // as directory writes it
    std::uint32_t uid_ = 0;
    std::uint32_t gid_ = 0;
    WhenOverQuota when_over_quota_;
    bool is_read_ = false;
    bool is_forwarding_ = false;
    bool is_running_ = false;
    std::vector<Step> steps_;
    std::size_t next_ = 0;
    std::vector<std::string> forwards_;
    std::string sender_;               // of forwards
    std::optional<std::string> rest_;  // Plan::rest
    unsigned files_ = 0;               // written
    unsigned programs_ = 0;
};

}  // namespace deliver
