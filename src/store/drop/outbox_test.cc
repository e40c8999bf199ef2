#include "drop/outbox.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

/// How many calls of fsync() succeed before all fail.
static int syncs_left = 1'000'000;
extern "C" int fsync(int descriptor) {
    if (syncs_left-- > 0) return static_cast<int>(::syscall(SYS_fsync, descriptor));
    errno = EIO;
    return -1;
}

namespace drop {
namespace {

namespace fs = std::filesystem;

struct OutboxTest : testing::Test {
    fs::path folder = [] {
        char name[] = "/tmp/drop_test.XXXXXX";
        return fs::path(::mkdtemp(name));
    }();
    ~OutboxTest() override { fs::remove_all(folder); }
    std::vector<std::string> names() const {
        std::vector<std::string> all;
        for (const auto& entry : fs::directory_iterator(folder)) all.push_back(entry.path().filename());
        return all;
    }
};

TEST_F(OutboxTest, NothingIsSeenBeforeItIsComplete) {
    {
        auto outbox = Outbox::open(folder);
        ASSERT_TRUE(outbox);
        ASSERT_TRUE(outbox->write("half"));
        ASSERT_EQ(names().size(), 1u);
        EXPECT_FALSE(is_finished(names().front()));
        ASSERT_TRUE(outbox->write(" and half"));
        ASSERT_TRUE(outbox->commit());
        EXPECT_EQ(outbox->size(), 13u);
    }
    ASSERT_EQ(names().size(), 1u);
    EXPECT_TRUE(is_finished(names().front()));
    std::ifstream file(folder / names().front());
    EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), "half and half");
}

// Who is told of a failure hands the message in again.
TEST_F(OutboxTest, AFailureLeavesNothing) {
    for (int good : {0, 1}) {
        auto outbox = Outbox::open(folder);
        ASSERT_TRUE(outbox && outbox->write("x"));
        syncs_left = good;
        const auto committed = outbox->commit();
        syncs_left = 1'000'000;
        ASSERT_FALSE(committed);
        EXPECT_EQ(committed.error().number, EIO);
        outbox = std::unexpected(committed.error());
        EXPECT_TRUE(names().empty()) << good;
    }
}

TEST_F(OutboxTest, AFileGivenUpVanishes) {
    static_cast<void>(Outbox::open(folder)->write("x"));
    EXPECT_TRUE(names().empty());
    EXPECT_FALSE(Outbox::open("/nonexistent"));
}

// The real directory: everybody may add, only its owner may look.
TEST_F(OutboxTest, WorksForAnybodyInADirectoryNobodyMayRead) {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root, to become somebody else";
    ASSERT_EQ(::chown(folder.c_str(), 54'320, 54'320), 0);
    ASSERT_EQ(::chmod(folder.c_str(), 01733), 0);
    const auto child = ::fork();
    if (child == 0) {
        if (::setresgid(54'321, 54'321, 54'321) != 0 || ::setresuid(54'321, 54'321, 54'321) != 0) ::_exit(9);
        ::umask(077);
        auto outbox = Outbox::open(folder);
        ::_exit(outbox && outbox->write("x") && outbox->commit() ? 0 : 1);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
    ASSERT_EQ(names().size(), 1u);
    struct stat left;
    ASSERT_EQ(::stat((folder / names().front()).c_str(), &left), 0);
    EXPECT_EQ(left.st_uid, 54'321u);
    EXPECT_EQ(left.st_mode & 0777u, 0644u) << "pickup must be able to read it";
}

}  // namespace
}  // namespace drop
