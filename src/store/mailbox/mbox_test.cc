#include "mailbox/mbox.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "file/posix_disk.h"
#include "memory_disk_test.h"

namespace mailbox {
namespace {

constexpr std::int64_t now = 1'700'000'000;

Mail mail(std::string text) {
    const auto size = text.size();
    return {.queue_id = "A",
            .reverse_path = "a@example.org",
            .fields = "Delivered-To: b@example.org\r\n",
            .content = content_of(std::move(text)),
            .size = size};
}

TEST(Mbox, AppendsWithAFromLineAndAnEmptyLine) {
    MemoryDisk disk;
    Mbox mbox(disk, "inbox", {});
    EXPECT_TRUE(mbox.deliver(mail("S: 1\r\n\r\nFrom me\r\n>From you\r\n"), now));
    EXPECT_TRUE(mbox.deliver(mail("S: 2\r\n\r\nend"), now));
    const std::string_view want =
        "From a@example.org Tue Nov 14 22:13:20 2023\nDelivered-To: b@example.org\nS: 1\n\n>From me\n>>From you\n\n"
        "From a@example.org Tue Nov 14 22:13:20 2023\nDelivered-To: b@example.org\nS: 2\n\nend\n\n";
    EXPECT_EQ(disk.names["inbox"]->data, want);
    disk.crash();
    EXPECT_EQ(disk.names["inbox"]->data, want);
    EXPECT_FALSE(disk.names.contains("inbox.lock"));
}

TEST(Mbox, IsCutBackOnAnError) {
    for (int failing = 0; failing < 12; ++failing) {
        MemoryDisk disk;
        Mbox mbox(disk, "inbox", {});
        ASSERT_TRUE(mbox.deliver(mail("S: 1\r\n\r\nx\r\n"), now));
        const auto before = disk.names["inbox"]->data;
        disk.calls_until_failure = failing;
        const auto outcome = mbox.deliver(mail("S: 2\r\n\r\ny\r\n"), now);
        disk.calls_until_failure.reset();
        if (!outcome) EXPECT_EQ(disk.names["inbox"]->data, before);
    }
}

TEST(Mbox, AnOpenLastLineDoesNotSwallowTheFromLine) {
    MemoryDisk disk;
    disk.add("inbox", "From x\n\nopen");
    EXPECT_TRUE(Mbox(disk, "inbox", {}).deliver(mail("S: 1\r\n\r\nx\r\n"), now));
    EXPECT_TRUE(disk.names["inbox"]->data.starts_with("From x\n\nopen\nFrom a@example.org "));
}

TEST(Mbox, TheSenderCannotBreakTheFromLine) {
    EXPECT_EQ(from_line("", 0), "From MAILER-DAEMON Thu Jan  1 00:00:00 1970\n");
    EXPECT_EQ(from_line("\"a b\n\"@c", 0), "From \"a-b-\"@c Thu Jan  1 00:00:00 1970\n");
}

// Two programs find the same lock orphaned; the other one is quicker.
TEST(Mbox, ALockTakenMeanwhileIsNotTakenAway) {
    MemoryDisk disk;
    disk.add("inbox.lock", "4194304\n");  // no such process: beyond the largest number there is
    disk.before_rename = [&] { disk.add("inbox.lock", "1\n"); };
    Mbox mbox(disk, "inbox", {.patience = std::chrono::milliseconds(0)});
    const auto outcome = mbox.deliver(mail("S: 1\r\n\r\nx\r\n"), now);
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().code, Failure::Code::Locked);
    EXPECT_EQ(disk.names["inbox.lock"]->data, "1\n");
    EXPECT_EQ(disk.names.size(), 3u) << "the directory, the mailbox, the lock";
}

TEST(Mbox, WaitsForOthersLocksAndThenGivesUp) {
    char name[] = "/tmp/mbox_test.XXXXXX";
    const std::filesystem::path folder = ::mkdtemp(name);
    auto disk = file::PosixDisk::open(folder);
    ASSERT_TRUE(disk);
    const Locks impatient{.patience = std::chrono::milliseconds(150)};
    Mbox mbox(**disk, "inbox", impatient);
    ASSERT_TRUE(mbox.deliver(mail("S: 1\r\n\r\nx\r\n"), now));

    const auto refusal = [&] {
        const auto outcome = mbox.deliver(mail("S: 2\r\n\r\ny\r\n"), now);
        return !outcome && outcome.error().code == Failure::Code::Locked ? outcome.error().error.call : "";
    };
    {
        file::Descriptor other(::open((folder / "inbox").c_str(), O_RDWR | O_CLOEXEC));
        ASSERT_EQ(::flock(other.get(), LOCK_EX), 0);
        EXPECT_EQ(refusal(), "flock");
    }
    {
        file::Descriptor other(::open((folder / "inbox").c_str(), O_RDWR | O_CLOEXEC));
        struct flock whole{};
        whole.l_type = F_WRLCK;
        ASSERT_EQ(::fcntl(other.get(), F_SETLK, &whole), 0);  // the classic kind, as mail readers take it
        EXPECT_EQ(refusal(), "fcntl");
    }
    std::ofstream(folder / "inbox.lock") << "1\n";  // init lives on
    EXPECT_EQ(refusal(), "dotlock");
    std::ofstream(folder / "inbox.lock") << "4194304\n";  // no such process: beyond the largest number there is
    EXPECT_TRUE(mbox.deliver(mail("S: 3\r\n\r\nz\r\n"), now));
    EXPECT_FALSE(std::filesystem::exists(folder / "inbox.lock"));
    EXPECT_TRUE(mbox.deliver(mail("S: 4\r\n\r\nz\r\n"), now)) << "our own locks are gone";
    std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace mailbox
