#pragma once
// The message of a job, however it came: in memory or as a blob.

#include "deliver/job.h"
#include "mailbox/content.h"

namespace deliver {

mailbox::Content content_of(const Job& job);
/// The same order with the same message, for another step of its way.
Job copy_of(const Job& job);

}  // namespace deliver
