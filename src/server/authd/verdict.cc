#include "authd/verdict.h"

#include <sys/wait.h>

namespace authd {

directory::Checked::Verdict verdict_of(int wait_status) {
    using enum directory::Checked::Verdict;
    if (!WIFEXITED(wait_status)) return Later;
    if (WEXITSTATUS(wait_status) == status_yes) return Yes;
    return WEXITSTATUS(wait_status) == status_no ? No : Later;
}

}  // namespace authd
