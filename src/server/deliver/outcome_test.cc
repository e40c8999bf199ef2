#include "deliver/outcome.h"

#include <gtest/gtest.h>

namespace deliver {
namespace {

// RFC 3463 §3.3, §3.4.
TEST(Outcome, OnlyAFullOrAMissingMailboxFails) {
    for (auto result : {Result::Full, Result::Locked, Result::NoHome, Result::Unsafe, Result::Failed, Result::Lost,
                        Result::BadInstructions})
        EXPECT_EQ(outcome_of(result, WhenOverQuota::Fail).status, qmgr::Status::Deferred);
    EXPECT_EQ(outcome_of(Result::Delivered, WhenOverQuota::Fail).status, qmgr::Status::Delivered);
    const auto failed = outcome_of(Result::OverQuota, WhenOverQuota::Fail);
    EXPECT_EQ(failed.status, qmgr::Status::Failed);
    EXPECT_EQ(failed.reply.enhanced, "5.2.2");
    EXPECT_EQ(outcome_of(Result::OverQuota, WhenOverQuota::Defer).reply.enhanced, "4.2.2");
    EXPECT_EQ(outcome_of(Result::NoMailbox, WhenOverQuota::Fail).reply.enhanced, "5.1.1");
    const auto unknown = outcome_of(directory::Mailbox{.found = directory::Found::Unknown, .reason = "No such user"});
    EXPECT_EQ(unknown.reply, smtp::Reply(550, "5.1.1", "No such user"));
    EXPECT_EQ(outcome_of(directory::Mailbox{.found = directory::Found::Unavailable}).status, qmgr::Status::Deferred);
}

}  // namespace
}  // namespace deliver
