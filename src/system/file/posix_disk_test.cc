#include "file/posix_disk.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include "file/posix_file.h"
#include "file/thread_worker.h"

namespace file {
namespace {

class PosixDiskTest : public testing::Test {
protected:
    PosixDiskTest() {
        std::string pattern = testing::TempDir() + "posix_disk_XXXXXX";
        path_ = ::mkdtemp(pattern.data());
        disk_ = std::move(PosixDisk::open(path_)).value();
    }
    ~PosixDiskTest() override { std::filesystem::remove_all(path_); }

    std::vector<std::string> names() {
        std::vector<std::string> found;
        for (const Listed& listed : disk_->list(".").value()) found.push_back(listed.name);
        std::ranges::sort(found);
        return found;
    }

    std::string path_;
    std::unique_ptr<PosixDisk> disk_;
};

TEST_F(PosixDiskTest, WritesManyPiecesInOrder) {
    auto file = std::move(disk_->open("f", Mode::CreateNew)).value();
    std::vector<std::string> texts;
    for (int i = 0; i < 3000; ++i) texts.push_back(std::to_string(i));  // more than IOV_MAX
    std::vector<std::string_view> pieces(texts.begin(), texts.end());
    std::string want;
    for (const auto& text : texts) want += text;
    ASSERT_TRUE(file->write_at(5, pieces));
    EXPECT_EQ(file->read_at(5, want.size()).value(), want);
    EXPECT_EQ(file->size().value(), want.size() + 5);
    ASSERT_TRUE(file->sync_data());
}

TEST_F(PosixDiskTest, ReadsNoMoreThanThereIs) {
    auto file = std::move(disk_->open("f", Mode::CreateNew)).value();
    ASSERT_TRUE(file->write_at(0, "abc"));
    EXPECT_EQ(file->read_at(1, std::size_t{1} << 60).value(), "bc");
    EXPECT_EQ(file->read_at(9, 4).value(), "");
}

TEST_F(PosixDiskTest, SaysWhichCallFailedOnWhat) {
    EXPECT_EQ(disk_->open("absent", Mode::Read).error(), (Error{ENOENT, "open", "absent"}));
    ASSERT_TRUE(disk_->open("f", Mode::CreateNew));
    EXPECT_TRUE(disk_->open("f", Mode::CreateNew).error().exists());
    EXPECT_EQ(to_text(disk_->unlink("absent").error()), "unlink absent: No such file or directory");
}

// A symbolic link put in place of a file of ours must not lead us out of the directory.
TEST_F(PosixDiskTest, FollowsNoSymbolicLink) {
    ASSERT_EQ(::symlink("/etc/passwd", (path_ + "/trap").c_str()), 0);
    for (Mode mode : {Mode::Read, Mode::Write, Mode::CreateNew}) EXPECT_FALSE(disk_->open("trap", mode));
    EXPECT_FALSE(disk_->open_locked("trap"));
    EXPECT_EQ(disk_->list(".").value(), std::vector{(Listed{"trap", false, false})});
    EXPECT_TRUE(disk_->exists("trap").value());
}

TEST_F(PosixDiskTest, UnnamedFilesAppearWhenLinked) {
    auto file = std::move(disk_->open_unnamed(".")).value();
    ASSERT_TRUE(file->write_at(0, "abc"));
    ASSERT_TRUE(disk_->link_in(*file, "blob"));
    EXPECT_THAT(names(), testing::ElementsAre("blob"));
    EXPECT_TRUE(disk_->link_in(**disk_->open_unnamed("."), "blob").error().exists());
    file.reset();
    EXPECT_THAT(names(), testing::ElementsAre("blob"));
    Descriptor copy = std::move((*disk_->open("blob", Mode::Write))->duplicate_read_only()).value();
    EXPECT_EQ(::fcntl(copy.get(), F_GETFL) & O_ACCMODE, O_RDONLY);
}

TEST_F(PosixDiskTest, UnnamedFilesVanish) {
    std::move(disk_->open_unnamed(".")).value().reset();
    EXPECT_THAT(names(), testing::IsEmpty());
}

// Where the kernel will not name an unnamed file, a random name stands in for none.
TEST_F(PosixDiskTest, StandInNamesAreReplacedOrRemoved) {
    auto make = [&] {
        int directory = ::open(path_.c_str(), O_RDONLY | O_DIRECTORY);
        Descriptor opened(::openat(directory, ".unnamed-1", O_RDWR | O_CREAT | O_EXCL, 0600));
        return std::make_unique<PosixFile>(directory, ".unnamed-1", std::move(opened), Mode::CreateNew,
                                           PosixFile::Name::UntilLinked);
    };
    auto file = make();
    EXPECT_TRUE(is_unnamed(names().at(0)));
    ASSERT_TRUE(disk_->link_in(*file, "blob"));
    file.reset();
    EXPECT_THAT(names(), testing::ElementsAre("blob"));
    file = make();
    EXPECT_TRUE(disk_->link_in(*file, "blob").error().exists());
    file.reset();
    EXPECT_THAT(names(), testing::ElementsAre("blob"));
}

TEST_F(PosixDiskTest, OneHolderOfALock) {
    auto held = std::move(disk_->open_locked("lock")).value();
    EXPECT_TRUE(disk_->open_locked("lock").error().is_locked());
    held.reset();
    EXPECT_TRUE(disk_->open_locked("lock"));
}

TEST_F(PosixDiskTest, ZeroFilledFilesHaveTheirBlocks) {
    auto file = std::move(disk_->open("f", Mode::CreateNew)).value();
    ASSERT_TRUE(file->fill_with_zeros(3'000'000));
    ASSERT_TRUE(file->sync_data());
    struct stat status;
    ASSERT_EQ(::stat((path_ + "/f").c_str(), &status), 0);
    EXPECT_EQ(status.st_size, 3'000'000);
    EXPECT_GE(status.st_blocks * 512, 3'000'000);
    EXPECT_GT(disk_->free_bytes().value(), 0u);
}

TEST_F(PosixDiskTest, NoticesADirectoryThatOthersMayWrite) {
    EXPECT_TRUE(disk_->check_private());
    ASSERT_EQ(::chmod(path_.c_str(), 0770), 0);
    EXPECT_FALSE(disk_->check_private());
}

TEST(ThreadWorker, RunsJobsInOrderAndBringsThemBack) {
    std::mutex mutex;
    std::condition_variable changed;
    std::vector<std::move_only_function<void()>> posted;
    ThreadWorker worker([&](std::move_only_function<void()> done) {
        std::lock_guard lock(mutex);
        posted.push_back(std::move(done));
        changed.notify_one();
    });
    std::vector<int> ran, finished;
    for (int i = 0; i < 100; ++i) worker.run([&, i] { ran.push_back(i); }, [&, i] { finished.push_back(i); });
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return posted.size() == 100; });
    EXPECT_TRUE(finished.empty());
    for (auto& done : posted) done();
    EXPECT_TRUE(std::ranges::is_sorted(ran));
    EXPECT_EQ(finished, ran);
}

}  // namespace
}  // namespace file
