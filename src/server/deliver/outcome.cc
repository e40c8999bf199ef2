#include "deliver/outcome.h"

namespace deliver {
namespace {

// RFC 3463 §3.3: 4.2.x and 5.2.x are the mailbox's state, 4.3.x ours.
smtp::Reply reply_of(Result result, WhenOverQuota when_over_quota) {
    switch (result) {
        case Result::Delivered: return {250, "2.1.5", "Delivered"};
        case Result::OverQuota:
            return when_over_quota == WhenOverQuota::Fail ? smtp::Reply(552, "5.2.2", "The mailbox is full")
                                                          : smtp::Reply(452, "4.2.2", "The mailbox is full");
        case Result::Full: return {452, "4.3.1", "There is no room on the mailbox's disk"};
        case Result::Locked: return {450, "4.2.0", "The mailbox is in use by another program"};
        case Result::NoHome: return {451, "4.3.0", "The recipient's home directory cannot be reached"};
        case Result::Unsafe:
            return {451, "4.3.0", "The mailbox is not safe to write to: its owner or permissions are wrong"};
        case Result::Failed: return {451, "4.3.0", "The mailbox cannot be written at the moment"};
        case Result::NoMailbox: return {550, "5.1.1", "There is no mailbox here by that name"};
        case Result::BadInstructions:
            return {451, "4.7.0", "The recipient's instructions for mail cannot be followed as they are"};
        case Result::Lost: break;
    }
    return {451, "4.3.0", "The delivery was interrupted"};
}

}  // namespace

qmgr::RecipientOutcome outcome_of(smtp::Reply reply) {
    const auto status = reply.is_positive()    ? qmgr::Status::Delivered
                        : reply.is_permanent() ? qmgr::Status::Failed
                                               : qmgr::Status::Deferred;
    return {.status = status, .reply = std::move(reply), .remote = {}};
}

qmgr::RecipientOutcome outcome_of(Result result, WhenOverQuota when_over_quota) {
    return outcome_of(reply_of(result, when_over_quota));
}

qmgr::RecipientOutcome outcome_of(const directory::Mailbox& not_found) {
    const bool unknown = not_found.found == directory::Found::Unknown;
    auto text = !not_found.reason.empty() ? not_found.reason
                : unknown                 ? std::string("There is no such mailbox here")
                                          : std::string("The mailbox cannot be looked up at the moment");
    return outcome_of(unknown ? smtp::Reply(550, "5.1.1", std::move(text))
                              : smtp::Reply(451, "4.3.0", std::move(text)));
}

}  // namespace deliver
