#include "deliver/fence.h"

#include <unistd.h>

#include "owner/folder.h"
#include "process/process.h"
#include "sandbox/sandbox.h"

namespace deliver {

void fence_worker(const Owner& owner, const WorkerStart& start, int root, int mail_directory) {
    using enum sandbox::May;
    sandbox::Policy policy{.may = ReadFiles | WriteFiles | Thread, .keeps_root = true, .open_files = 256};
    file::Descriptor home;
    if (!start.becomes_owner) {
        policy.reaches_everything = true;  // serves every mailbox that this one user may write to
    } else if (owner.base == Base::MailDirectory) {
        static_cast<void>(::fchdir(mail_directory));
        policy.reach.push_back({.directory = mail_directory, .path = {}, .access = sandbox::Reach::Access::Write});
        // For the answers of those who are away.
        policy.reach.push_back(
            {.directory = -1, .path = start.drop_directory, .access = sandbox::Reach::Access::Write});
    } else if (auto opened = owner::open_home(root, owner.home, owner.base, owner.uid)) {
        home = std::move(*opened);
        static_cast<void>(::fchdir(home.get()));
        policy.reach.push_back({.directory = home.get(), .path = {}, .access = sandbox::Reach::Access::Write});
        policy.reach.push_back(
            {.directory = -1, .path = start.drop_directory, .access = sandbox::Reach::Access::Write});
    }  // without a home there is nothing to reach, and every job will say so
    static_cast<void>(sandbox::enter(policy, process::Inheritance{}));
}

}  // namespace deliver
