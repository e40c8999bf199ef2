#include "reader/fence.h"

#include <unistd.h>

#include "process/process.h"
#include "sandbox/sandbox.h"

namespace reader {

void fence_worker(int maildir) {
    using enum sandbox::May;
    sandbox::Policy policy{.may = ReadFiles | WriteFiles, .keeps_root = true, .open_files = 64};
    if (maildir >= 0) {
        static_cast<void>(::fchdir(maildir));
        policy.reach.push_back({.directory = maildir, .path = {}, .access = sandbox::Reach::Access::Write});
    }
    static_cast<void>(sandbox::enter(policy, process::Inheritance{}));
}

}  // namespace reader
