#include "reader/worker.h"

#include <unistd.h>

#include <array>
#include <ctime>

#include "file/posix_disk.h"
#include "lang/try.h"
#include "owner/dialogue.h"
#include "owner/folder.h"
#include "reader/fence.h"
#include "reader/session.h"

namespace reader {
namespace {

using State = pop3d::Found::State;

// A client that comes back at once may find the worker of its last session on its way out.
constexpr int tries_for_lock = 20;
constexpr timespec between_tries{.tv_sec = 0, .tv_nsec = 50'000'000};

owner::Way<file::Descriptor> open_maildir(const owner::Place& place, int base) {
    const auto owner = ::geteuid();
    const auto home = TRY(owner::open_home(base, place.home, place.owner.base, owner));
    auto maildir = TRY(owner::open_below(home.get(), place.path, owner));
    TRY(owner::check_maildir(maildir.get(), owner));
    return maildir;
}

pop3d::Found obstacle(const owner::Obstacle& met) {
    const bool is_missing = met.kind == owner::Obstacle::Kind::NoHome;
    return {.state = is_missing ? State::NoMailbox : State::Failing, .trouble = met.detail};
}

std::expected<maildrop::Maildrop, maildrop::Maildrop::Obstacle> open_maildrop(file::Disk& disk) {
    auto opened = maildrop::Maildrop::open(disk);
    for (int tries = 1; tries < tries_for_lock && !opened; ++tries) {
        if (opened.error().failure != maildrop::Maildrop::Failure::InUse) break;
        ::nanosleep(&between_tries, nullptr);
        opened = maildrop::Maildrop::open(disk);
    }
    return opened;
}

void serve(owner::Dialogue<ToWorker, pop3d::FromWorker>& dialogue, maildrop::Maildrop& maildrop, unsigned patience) {
    Session session(maildrop);
    while (!session.is_over()) {
        ::alarm(0);
        const auto questions = dialogue.wait();
        if (questions.empty()) return;
        for (const auto& question : questions) {
            ::alarm(patience);
            std::visit([&](const auto& answer) { dialogue.send(answer); }, session.answer(question));
            if (session.is_over()) return;
        }
    }
}

void work(const owner::Place& place, const WorkerStart& start, int socket, int base) {
    const auto patience = static_cast<unsigned>(start.patience.count());
    ::alarm(patience);
    owner::Dialogue<ToWorker, pop3d::FromWorker> dialogue(socket);
    auto maildir = open_maildir(place, base);
    fence_worker(maildir ? maildir->get() : -1);
    ::close(base);
    if (!maildir) return dialogue.send(obstacle(maildir.error()));

    file::PosixDisk disk(std::move(*maildir));
    auto opened = open_maildrop(disk);
    if (!opened) {
        const auto in_use = opened.error().failure == maildrop::Maildrop::Failure::InUse;
        return dialogue.send(pop3d::Found{.state = in_use ? State::InUse : State::Failing,
                                          .trouble = in_use ? std::string() : file::to_text(opened.error().error)});
    }
    dialogue.send(pop3d::Found{.state = State::Open, .messages = opened->size(), .trouble = {}});
    serve(dialogue, *opened, patience);
    opened->save_sizes();
}

}  // namespace

std::expected<owner::Started, std::string> start_worker(const owner::Place& place, const WorkerStart& start) {
    const std::array kept{place.owner.base == owner::Base::MailDirectory ? start.mail_directory : start.root};
    return owner::start_worker(
        {.uid = place.owner.uid,
         .gid = place.owner.gid,
         .becomes_owner = start.becomes_owner,
         .kept = kept,
         .called = "reader worker"},
        [&](int socket, std::span<const int> descriptors) { work(place, start, socket, descriptors[0]); });
}

}  // namespace reader
