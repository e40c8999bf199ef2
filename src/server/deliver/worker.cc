#include "deliver/worker.h"

#include <unistd.h>

#include <array>
#include <ctime>

#include "deliver/fence.h"
#include "deliver/writing.h"
#include "owner/dialogue.h"

namespace deliver {
namespace {

void work(const Owner& owner, const WorkerStart& start, int socket, int root, int mail_directory) {
    fence_worker(owner, start, root, mail_directory);
    Writing writing({.root = root,
                     .mail_directory = mail_directory,
                     .owner = ::geteuid(),
                     .hostname = start.hostname,
                     .drop_directory = start.drop_directory,
                     .locks = {}});
    owner::Dialogue<ToWorker, FromWorker> dialogue(socket);
    while (true) {
        std::vector<Job> jobs;
        for (auto& message : dialogue.wait()) jobs.push_back(std::get<Job>(std::move(message)));
        if (jobs.empty()) return;
        const auto alarm = static_cast<unsigned>(start.patience.count());
        ::alarm(alarm);
        writing.carry_out(jobs, std::time(nullptr), [&](const Report& report) {
            ::alarm(alarm);
            dialogue.send(report);
        });
        ::alarm(0);
    }
}

}  // namespace

std::expected<Started, std::string> start_worker(const Owner& owner, const WorkerStart& start) {
    const bool is_virtual = owner.base == Base::MailDirectory;
    const bool serves_all = !start.becomes_owner;
    const std::array kept{serves_all || !is_virtual ? start.root : -1,
                          serves_all || is_virtual ? start.mail_directory : -1};
    return owner::start_worker({.uid = owner.uid,
                                .gid = owner.gid,
                                .becomes_owner = start.becomes_owner,
                                .kept = kept,
                                .called = "deliver worker"},
                               [&](int socket, std::span<const int> descriptors) {
                                   work(owner, start, socket, descriptors[0], descriptors[1]);
                               });
}

}  // namespace deliver
