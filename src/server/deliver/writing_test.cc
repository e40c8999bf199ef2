// A worker's work on a real disk, as whoever runs the test: what it writes, and what it does not.
#include "deliver/writing.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <set>

namespace deliver {
namespace {

namespace fs = std::filesystem;
using testing::SizeIs;

struct WritingTest : testing::Test {
    fs::path folder = [] {
        char name[] = "/tmp/deliver_test.XXXXXX";
        return fs::path(::mkdtemp(name));
    }();
    file::Descriptor base{::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    Writing writing{{.root = base.get(),
                     .mail_directory = base.get(),
                     .owner = ::geteuid(),
                     .hostname = "mx.example.org",
                     .locks = {.patience = std::chrono::milliseconds(100)}}};
    std::uint64_t last = 0;

    WritingTest() { fs::create_directory(folder / "joe"); }
    ~WritingTest() override { fs::remove_all(folder); }

    Job job(directory::Format format = directory::Format::Maildir) {
        ++last;
        return {.ticket = last,
                .base = Base::Root,
                .home = "joe",
                .path = format == directory::Format::Maildir ? "Maildir" : "mail/inbox",
                .format = format,
                .queue_id = "ID" + std::to_string(last),
                .arrived = 1'700'000'000'000,
                .address = "joe@example.org",
                .reverse_path = "a@example.net",
                .octets = "Subject: x\r\n\r\nhello\r\n",
                .blob = {},
                .size = 21};
    }
    std::vector<Report> carry_out(std::vector<Job> jobs) {
        std::vector<Report> reports;
        writing.carry_out(jobs, 1'700'000'000, [&](Report report) { reports.push_back(std::move(report)); });
        return reports;
    }
    Result one(Job given) {
        std::vector<Job> jobs;
        jobs.push_back(std::move(given));
        const auto reports = carry_out(std::move(jobs));
        EXPECT_THAT(reports, SizeIs(1));
        last_detail = reports.at(0).detail;
        return reports.at(0).result;
    }
    static std::string read(const fs::path& path) {
        std::ifstream file(path);
        return {std::istreambuf_iterator<char>(file), {}};
    }
    std::string last_detail;
};

constexpr auto* first_name = "1700000000.QID1R0.mx.example.org";

TEST_F(WritingTest, MailboxesOfOneRoundDoNotHinderEachOther) {
    std::vector<Job> jobs;
    for (const char* name : {"Maildir", "Other", "Third"})
        for (int i = 0; i < 2; ++i) {
            jobs.push_back(job());
            jobs.back().path = name;
        }
    jobs.push_back(job(directory::Format::Mbox));
    jobs.push_back(job());
    fs::create_symlink("elsewhere", folder / "joe/Other");
    const auto reports = carry_out(std::move(jobs));
    ASSERT_THAT(reports, SizeIs(8));
    for (const auto& report : reports)
        EXPECT_EQ(report.result == Result::Delivered, report.ticket != 3 && report.ticket != 4) << report.detail;
    const auto count = [&](const char* name) {
        return std::distance(fs::directory_iterator(folder / "joe" / name / "new"), {});
    };
    EXPECT_EQ(count("Maildir"), 3);
    EXPECT_EQ(count("Third"), 2);
}

TEST_F(WritingTest, FillsMaildirAndMbox) {
    EXPECT_EQ(one(job()), Result::Delivered) << last_detail;
    // RFC 5321 §4.4: Return-Path on top.
    EXPECT_EQ(read(folder / "joe/Maildir/new" / first_name),
              "Return-Path: <a@example.net>\nDelivered-To: joe@example.org\nSubject: x\n\nhello\n");
    EXPECT_EQ(one(job(directory::Format::Mbox)), Result::Delivered) << last_detail;
    EXPECT_TRUE(
        read(folder / "joe/mail/inbox").starts_with("From a@example.net Tue Nov 14 22:13:20 2023\nReturn-Path: "));
    EXPECT_FALSE(fs::exists(folder / "joe/mail/inbox.lock"));
}

TEST_F(WritingTest, MakesVirtualHomesAndReadsBlobs) {
    auto given = job();
    given.base = Base::MailDirectory;
    given.home = "example.org/alice";
    given.path = "";
    std::ofstream(folder / "blob") << "Subject: big\r\n\r\nx\r\n";
    given.octets.clear();
    given.blob = file::Descriptor(::open((folder / "blob").c_str(), O_RDONLY | O_CLOEXEC));
    EXPECT_EQ(one(std::move(given)), Result::Delivered) << last_detail;
    EXPECT_TRUE(read(folder / "example.org/alice/new" / first_name).ends_with("\nSubject: big\n\nx\n"));
    EXPECT_EQ(fs::status(folder / "example.org/alice").permissions(), fs::perms::owner_all);
}

TEST_F(WritingTest, BatchesKeepTheirReports) {
    std::vector<Job> jobs;
    for (int i = 0; i < 150; ++i)
        jobs.push_back(job(i % 3 == 0 ? directory::Format::Mbox : directory::Format::Maildir));
    auto missing = job();
    missing.home = "nobody";
    jobs.push_back(std::move(missing));
    const auto reports = carry_out(std::move(jobs));
    ASSERT_THAT(reports, SizeIs(151));
    std::set<std::uint64_t> tickets;
    for (const auto& report : reports) {
        tickets.insert(report.ticket);
        EXPECT_EQ(report.result, report.ticket == 151 ? Result::NoHome : Result::Delivered) << report.detail;
    }
    EXPECT_THAT(tickets, SizeIs(151));
    EXPECT_EQ(std::distance(fs::directory_iterator(folder / "joe/Maildir/new"), {}), 100);
}

TEST_F(WritingTest, AMaildirThatIsExchangedIsOpenedAnew) {
    EXPECT_EQ(one(job()), Result::Delivered);
    fs::rename(folder / "joe/Maildir", folder / "joe/Old");
    EXPECT_EQ(one(job()), Result::Delivered);
    EXPECT_TRUE(fs::exists(folder / "joe/Maildir/new/1700000000.QID2R0.mx.example.org"));
}

TEST_F(WritingTest, JunkHasAFolderOfItsOwn) {
    auto junk = job();
    junk.is_junk = true;
    EXPECT_EQ(one(std::move(junk)), Result::Delivered) << last_detail;
    EXPECT_TRUE(fs::exists(folder / "joe/Maildir/.Junk/new" / first_name));
    EXPECT_FALSE(fs::exists(folder / "joe/Maildir/new" / first_name));
}

TEST_F(WritingTest, JunkCountsForTheQuotaOfTheWhole) {
    const auto within = [&](bool is_junk) {
        auto given = job();
        given.is_junk = is_junk;
        given.quota_messages = 2;
        return one(std::move(given));
    };
    EXPECT_EQ(within(true), Result::Delivered) << last_detail;
    EXPECT_EQ(within(false), Result::Delivered) << last_detail;
    EXPECT_EQ(within(true), Result::OverQuota);
    EXPECT_EQ(within(false), Result::OverQuota);
    EXPECT_FALSE(fs::exists(folder / "joe/Maildir/.Junk/maildirsize"));
}

TEST_F(WritingTest, AFolderForJunkThatLeadsElsewhereIsNotFollowed) {
    fs::create_directories(folder / "victim/new");
    fs::create_directories(folder / "joe/Maildir");
    fs::create_directory_symlink(folder / "victim", folder / "joe/Maildir/.Junk");
    auto junk = job();
    junk.is_junk = true;
    EXPECT_EQ(one(std::move(junk)), Result::Unsafe);
    EXPECT_TRUE(fs::is_empty(folder / "victim/new"));
}

// Hostile: what a user may put where mail is to go. The victim's Maildir must stay as it is.
TEST_F(WritingTest, FollowsNoLinkAndWritesToNothingStrange) {
    fs::create_directories(folder / "victim/Maildir/new");
    fs::create_directories(folder / "victim/Maildir/tmp");
    fs::create_directories(folder / "victim/Maildir/cur");
    const auto joe = folder / "joe";
    const auto maildir = joe / "Maildir";
    const auto make = [&](const char* part) { fs::create_directories(maildir / part); };
    const struct {
        const char* what;
        std::function<void()> prepare;
    } cases[] = {
        {"Maildir is a link", [&] { fs::create_symlink("../victim/Maildir", maildir); }},
        {"Maildir is a file", [&] { std::ofstream(maildir) << "x"; }},
        {"new is a link",
         [&] { make("tmp"), make("cur"), fs::create_symlink("../../victim/Maildir/new", maildir / "new"); }},
        {"tmp is a link",
         [&] { make("new"), make("cur"), fs::create_symlink("../../victim/Maildir/tmp", maildir / "tmp"); }},
        {"new is a pipe", [&] { make("tmp"), make("cur"), ::mkfifo((maildir / "new").c_str(), 0600); }},
        {"others may write to new", [&] { make("new"), ::chmod((maildir / "new").c_str(), 0777); }},
        {"others may write to Maildir", [&] { make("new"), ::chmod(maildir.c_str(), 0770); }},
        {"others may write to home", [&] { ::chmod(joe.c_str(), 0777); }},
        {"home is sticky", [&] { ::chmod(joe.c_str(), 01700); }},
        {"home is a link", [&] { fs::remove(joe), fs::create_symlink("victim", joe); }},
    };
    for (const auto& [what, prepare] : cases) {
        fs::remove_all(joe);
        fs::create_directory(joe);
        prepare();
        EXPECT_EQ(one(job()), Result::Unsafe) << what << ": " << last_detail;
        EXPECT_TRUE(fs::is_empty(folder / "victim/Maildir/new")) << what;
        EXPECT_TRUE(fs::is_empty(folder / "victim/Maildir/tmp")) << what;
    }
}

TEST_F(WritingTest, AnMboxIsAFileOfItsOwnersAlone) {
    const auto inbox = folder / "joe/mail/inbox";
    const struct {
        const char* what;
        std::function<void()> prepare;
    } cases[] = {
        {"a link", [&] { fs::create_symlink("../../victim", inbox); }},
        {"a hard link", [&] { fs::create_hard_link(folder / "victim", inbox); }},
        {"a pipe", [&] { ::mkfifo(inbox.c_str(), 0600); }},
        {"a directory", [&] { fs::create_directory(inbox); }},
        {"writable by others", [&] { std::ofstream{inbox}, ::chmod(inbox.c_str(), 0666); }},
    };
    std::ofstream(folder / "victim") << "victim's\n";
    for (const auto& [what, prepare] : cases) {
        fs::remove_all(folder / "joe");
        fs::create_directories(folder / "joe/mail");
        prepare();
        EXPECT_EQ(one(job(directory::Format::Mbox)), Result::Unsafe) << what << ": " << last_detail;
        EXPECT_EQ(read(folder / "victim"), "victim's\n");
    }
}

TEST_F(WritingTest, QuotaAndLocksAreReported) {
    auto given = job();
    given.quota_bytes = 10;
    EXPECT_EQ(one(std::move(given)), Result::OverQuota);
    fs::create_directory(folder / "joe/mail");
    std::ofstream(folder / "joe/mail/inbox.lock") << "1\n";
    EXPECT_EQ(one(job(directory::Format::Mbox)), Result::Locked);
}

}  // namespace
}  // namespace deliver
