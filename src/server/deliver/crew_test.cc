// The crew with workers that live in this process, and with one that is a real one.
#include "deliver/crew.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace deliver {
namespace {

namespace asio = boost::asio;
namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::SizeIs;
using testing::UnorderedElementsAre;

/// A worker as deliver sees it: the other end of its socket.
struct FakeWorker {
    Owner owner;
    std::vector<Job> jobs;
    using Link = ipc::Link<ToWorker, std::variant<Report, Job>>;  // Hostile: says also what no worker may
    std::unique_ptr<Link> link;
    bool is_gone = false;
};

struct CrewTest : testing::Test {
    asio::io_context context;
    std::vector<std::unique_ptr<FakeWorker>> workers;
    std::vector<Report> reports;
    std::vector<std::string> troubles;
    Crew crew{context,
              {.most = 2, .batch = 3, .idle = std::chrono::seconds(1), .patience = std::chrono::seconds(1)},
              {.start = [this](const Owner& owner) { return start(owner); },
               .on_report = [this](Report report) { reports.push_back(std::move(report)); },
               .on_trouble = [this](const Owner&, std::string why) { troubles.push_back(std::move(why)); }}};
    bool can_start = true;

    std::expected<Started, std::string> start(const Owner& owner) {
        if (!can_start) return std::unexpected("no processes left");
        int ends[2];
        EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends), 0);
        workers.push_back(std::make_unique<FakeWorker>());
        auto* worker = workers.back().get();
        worker->owner = owner;
        worker->link = std::make_unique<FakeWorker::Link>(
            context, file::Descriptor(ends[1]),
            FakeWorker::Link::Handlers{
                .on_message = [worker](ToWorker job) { worker->jobs.push_back(std::get<Job>(std::move(job))); },
                .on_gone = [worker](const std::string&) { worker->is_gone = true; }});
        // A process of ours for the crew to kill and to wait for. It must not hold the sockets open.
        int closed[2];
        EXPECT_EQ(::pipe(closed), 0);
        const auto pid = ::fork();
        if (pid == 0) {
            ::close_range(0, ~0U, 0);
            ::prctl(PR_SET_PDEATHSIG, SIGKILL);
            ::pause();
            ::_exit(0);
        }
        ::close(closed[1]);
        char nothing;
        EXPECT_EQ(::read(closed[0], &nothing, 1), 0);
        ::close(closed[0]);
        return Started{pid, file::Descriptor(ends[0])};
    }
    /// Everything that can happen without waiting; each message takes a few rounds from end to end.
    void turn() {
        for (int i = 0; i < 20; ++i) context.restart(), context.poll();
    }
    template <typename Condition>
    void run_until(Condition condition) {
        for (int i = 0; i < 1000 && !condition(); ++i)
            context.restart(), context.run_for(std::chrono::milliseconds(10));
    }
    void give(std::uint32_t uid, std::uint64_t ticket) {
        crew.give({.uid = uid, .gid = uid, .base = Base::Root, .home = {}},
                  Job{.ticket = ticket, .home = "x", .path = "y", .blob = {}});
        turn();
    }
    std::vector<std::uint64_t> tickets(std::size_t worker) const {
        std::vector<std::uint64_t> all;
        for (const auto& job : workers.at(worker)->jobs) all.push_back(job.ticket);
        return all;
    }
    void report(std::size_t worker, std::uint64_t ticket) {
        workers.at(worker)->link->send(Report{ticket, Result::Delivered, {}});
        turn();
    }
};

TEST_F(CrewTest, OneWorkerForAnOwnerAndBatchesOfWhatWaits) {
    for (std::uint64_t ticket = 1; ticket <= 6; ++ticket) give(1000, ticket);
    ASSERT_THAT(workers, SizeIs(1));
    EXPECT_THAT(tickets(0), ElementsAre(1));
    report(0, 1);
    EXPECT_THAT(tickets(0), ElementsAre(1, 2, 3, 4));
    report(0, 2);
    report(0, 2);   // Hostile: twice
    report(0, 99);  // Hostile: nobody's
    report(0, 3);
    report(0, 4);
    EXPECT_THAT(tickets(0), ElementsAre(1, 2, 3, 4, 5, 6));
    EXPECT_THAT(reports, SizeIs(4));
}

TEST_F(CrewTest, OwnersTakeTurns) {
    give(1, 1);
    give(2, 2);
    give(3, 3);
    EXPECT_THAT(workers, SizeIs(2)) << "no more than allowed";
    give(1, 11);
    report(0, 1);
    ASSERT_THAT(workers, SizeIs(3));
    EXPECT_TRUE(workers[0]->is_gone) << "the third waits longer than the first's second mail";
    EXPECT_EQ(workers[2]->owner.uid, 3u);
    report(1, 2);
    ASSERT_THAT(workers, SizeIs(4));
    EXPECT_EQ(workers[3]->owner.uid, 1u);
    EXPECT_THAT(tickets(3), ElementsAre(11));
}

TEST_F(CrewTest, DropsWhatNoWorkerHasYet) {
    give(1, 1);
    give(1, 11);
    give(2, 2);
    give(3, 3);
    EXPECT_THAT(crew.drop_waiting(), UnorderedElementsAre(11, 3));
    EXPECT_THAT(crew.drop_waiting(), SizeIs(0));
    report(0, 1);
    report(1, 2);
    EXPECT_THAT(tickets(0), ElementsAre(1));
    EXPECT_THAT(workers, SizeIs(2)) << "nobody stands in line any more";
    give(3, 4);
    ASSERT_THAT(workers, SizeIs(3));
    EXPECT_THAT(tickets(2), ElementsAre(4));
}

// Hostile: its socket is closed with its last report, whatever it still says in the same breath.
TEST_F(CrewTest, AWorkerThatIsDoneIsNotHeardAnyMore) {
    for (const std::uint64_t more : {0u, 1u}) {  // nothing waits for its owner; or something does
        SCOPED_TRACE(more);
        workers.clear();
        reports.clear();
        give(10, 1);
        give(20, 2);
        give(30, 3);
        if (more > 0) give(10, 4);
        ASSERT_THAT(workers, SizeIs(2));
        workers[0]->link->send(Report{1, Result::Delivered, {}});
        workers[0]->link->send(Job{.ticket = 1, .blob = {}});  // nonsense from a worker
        turn();
        EXPECT_THAT(reports, SizeIs(1));
        EXPECT_LE(crew.workers(), 2u);
        ASSERT_GE(workers.size(), 3u);
        EXPECT_EQ(workers[2]->owner.uid, 30u) << "the next in line has its worker";
        report(1, 2);
        report(2, 3);
        if (more > 0) report(3, 4);
        EXPECT_THAT(reports, SizeIs(3 + more));
        EXPECT_THAT(troubles, SizeIs(0));
        run_until([this] { return crew.workers() == 0; });
    }
}

TEST_F(CrewTest, AnIdleWorkerMakesRoomOrEnds) {
    give(1, 1);
    give(2, 2);
    report(0, 1);
    give(3, 3);
    EXPECT_TRUE(workers[0]->is_gone);
    EXPECT_THAT(workers, SizeIs(3));
    report(2, 3);
    run_until([this] { return workers[2]->is_gone; });
    EXPECT_TRUE(workers[2]->is_gone);
}

TEST_F(CrewTest, AWorkerThatDiesCostsOnlyItsJobs) {
    give(1, 1);
    give(1, 2);
    give(2, 3);
    workers[0]->link.reset();
    turn();
    ASSERT_THAT(reports, SizeIs(1));
    EXPECT_EQ(reports[0].ticket, 1u);
    EXPECT_EQ(reports[0].result, Result::Lost);
    ASSERT_THAT(workers, SizeIs(3)) << "for what it did not have yet";
    EXPECT_THAT(tickets(2), ElementsAre(2));
    report(2, 2);
    report(1, 3);
    EXPECT_THAT(reports, SizeIs(3));
}

TEST_F(CrewTest, AStuckWorkerHoldsUpNobodyElse) {
    give(1, 1);
    give(1, 2);
    give(2, 3);
    report(1, 3);
    run_until([this] { return reports.size() == 3; });
    ASSERT_THAT(reports, SizeIs(3));
    EXPECT_EQ(reports[1].result, Result::Lost);
    EXPECT_EQ(reports[2].result, Result::Lost);
    give(1, 4);
    ASSERT_THAT(reports, SizeIs(4)) << "at once, while the stuck one lives";
    EXPECT_THAT(troubles, ElementsAre("worker hangs"));
    give(2, 5);
    give(3, 6);
    std::vector<std::uint64_t> at_work;
    for (std::size_t i = 1; i < workers.size(); ++i) std::ranges::copy(tickets(i), std::back_inserter(at_work));
    EXPECT_THAT(at_work, ElementsAre(3, 5, 6)) << "it does not count among the two that are allowed";
    workers[0]->link.reset();  // the file server answers at last
    turn();
    give(1, 7);
    EXPECT_THAT(reports, SizeIs(4)) << "waits for a worker again";
}

TEST_F(CrewTest, WithoutProcessesTheMailWaitsInTheQueue) {
    can_start = false;
    give(1, 1);
    ASSERT_THAT(reports, SizeIs(1));
    EXPECT_EQ(reports[0].result, Result::Lost);
    can_start = true;
    give(1, 2);
    EXPECT_THAT(workers, SizeIs(1));
}

/// Real workers, and as root, real owners.
struct WorkerTest : testing::Test {
    fs::path folder = [] {
        char name[] = "/tmp/deliver_worker_test.XXXXXX";
        return fs::path(::mkdtemp(name));
    }();
    file::Descriptor root{::open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    file::Descriptor mail{::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    const bool is_root = ::geteuid() == 0;
    asio::io_context context;
    std::vector<Report> reports;
    std::vector<std::string> troubles;
    Crew crew{context,
              {},
              {.start =
                   [this](const Owner& owner) {
                       return start_worker(owner, {.root = root.get(),
                                                   .mail_directory = mail.get(),
                                                   .becomes_owner = is_root,
                                                   .hostname = "h.example"});
                   },
               .on_report = [this](Report report) { reports.push_back(std::move(report)); },
               .on_trouble = [this](const Owner&, std::string why) { troubles.push_back(std::move(why)); }}};

    WorkerTest() { ::chmod(folder.c_str(), 0755); }
    ~WorkerTest() override { fs::remove_all(folder); }

    fs::path make_home(const char* name, std::uint32_t uid) {
        const auto home = folder / name;
        fs::create_directory(home);
        if (is_root) EXPECT_EQ(::chown(home.c_str(), uid, uid), 0);
        ::chmod(home.c_str(), 0700);
        return home;
    }
    void give(std::uint64_t ticket, const fs::path& home, std::uint32_t uid) {
        const auto relative = home.string().substr(1);
        crew.give({.uid = uid, .gid = uid, .base = Base::Root, .home = relative},
                  Job{.ticket = ticket,
                      .home = relative,
                      .path = "Maildir",
                      .queue_id = "A" + std::to_string(ticket),
                      .arrived = 1'700'000'000'000,
                      .address = "joe@h.example",
                      .reverse_path = "a@b.example",
                      .octets = "Subject: x\r\n\r\nhello\r\n",
                      .blob = {},
                      .size = 21});
    }
    void wait_for(std::size_t count) {
        for (int i = 0; i < 200 && reports.size() < count; ++i)
            context.run_for(std::chrono::milliseconds(50)), context.restart();
        ASSERT_THAT(reports, SizeIs(count));
    }
};

TEST_F(WorkerTest, WritesAsTheOwnerOfTheMailbox) {
    const auto joe = make_home("joe", 54'321);
    const auto ann = make_home("ann", 54'322);
    for (std::uint64_t ticket = 1; ticket <= 10; ++ticket) give(ticket, joe, 54'321);
    give(11, ann, 54'322);
    give(12, folder / "nobody", 54'323);
    wait_for(12);
    for (const auto& report : reports)
        EXPECT_EQ(report.result, report.ticket == 12 ? Result::NoHome : Result::Delivered) << report.detail;
    EXPECT_EQ(std::distance(fs::directory_iterator(joe / "Maildir/new"), {}), 10);
    struct stat status;
    ASSERT_EQ(::stat((ann / "Maildir/new/1700000000.QA11R0.h.example").c_str(), &status), 0);
    EXPECT_EQ(status.st_uid, is_root ? 54'322u : ::geteuid());
    EXPECT_EQ(status.st_mode & 0777u, 0600u);
}

TEST_F(WorkerTest, CannotReachAnotherUsersMail) {
    if (!is_root) GTEST_SKIP() << "needs root, to become somebody";
    const auto ann = make_home("ann", 54'322);
    const auto joe = make_home("joe", 54'321);
    fs::create_directory(joe / "Maildir");
    ASSERT_EQ(::chown((joe / "Maildir").c_str(), 54'321, 54'321), 0);
    ::chmod((joe / "Maildir").c_str(), 0700);
    for (const char* part : {"tmp", "cur"}) {
        fs::create_directory(joe / "Maildir" / part);
        ASSERT_EQ(::chown((joe / "Maildir" / part).c_str(), 54'321, 54'321), 0);
        ::chmod((joe / "Maildir" / part).c_str(), 0700);
    }
    fs::create_directory_symlink(ann, joe / "Maildir/new");
    give(1, joe, 54'321);
    give(2, ann, 54'321);  // as if directory had mixed them up
    wait_for(2);
    EXPECT_THAT(reports, UnorderedElementsAre(testing::Field(&Report::result, Result::Unsafe),
                                              testing::Field(&Report::result, Result::NoHome)));
    EXPECT_TRUE(fs::is_empty(ann));
}

TEST_F(WorkerTest, IsNeverRoot) {
    if (!is_root) GTEST_SKIP() << "needs root";
    const auto home = make_home("toor", 0);
    give(1, home, 0);
    wait_for(1);
    EXPECT_EQ(reports[0].result, Result::Lost);
    EXPECT_TRUE(fs::is_empty(home));
}

}  // namespace
}  // namespace deliver
