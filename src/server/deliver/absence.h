#pragma once
// Who keeps his mail here without being a user of this system can be away too: a file beside his mail says so
// (vacation/away.h), and after the delivery his worker leaves an answer in the drop directory. Nothing of it can fail
// the delivery, which is over by then.

#include <string>

#include "deliver/job.h"

namespace deliver {

/// `home`: of the mailbox, open. `hostname`: for the Message-ID.
void answer_if_away(const Job& job, int home, const std::string& hostname, const std::string& drop_directory,
                    std::int64_t now_seconds);

}  // namespace deliver
