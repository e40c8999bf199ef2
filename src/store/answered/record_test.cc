#include "answered/record.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "file/descriptor.h"

namespace answered {
namespace {

constexpr std::int64_t period = 100;

class RecordTest : public testing::Test {
protected:
    RecordTest() {
        std::string pattern = (std::filesystem::temp_directory_path() / "answered-XXXXXX").string();
        folder_ = ::mkdtemp(pattern.data());
        directory_ = file::Descriptor(::open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    }
    ~RecordTest() override { std::filesystem::remove_all(folder_); }

    file::Result<Verdict> note(std::string_view sender, std::int64_t now) {
        return answered::note(directory_.get(), "answered", sender, now, period);
    }
    std::string text() const {
        std::ifstream file(folder_ / "answered");
        return {std::istreambuf_iterator<char>(file), {}};
    }
    void write(const std::string& octets) const { std::ofstream(folder_ / "answered") << octets; }

    std::filesystem::path folder_;
    file::Descriptor directory_;
};

TEST_F(RecordTest, AnswersOnceInAPeriod) {
    EXPECT_EQ(note("a@b", 1000), Verdict::Answer);
    EXPECT_EQ(note("A@B", 1001), Verdict::NotAgain);
    EXPECT_EQ(note("c@d", 1001), Verdict::Answer);
    EXPECT_EQ(note("a@b", 1100), Verdict::Answer);
    EXPECT_EQ(text(), "1000 a@b\n1001 c@d\n1100 a@b\n");
    EXPECT_TRUE(forget_all(directory_.get(), "answered"));
    EXPECT_TRUE(forget_all(directory_.get(), "answered"));
    EXPECT_EQ(note("a@b", 1101), Verdict::Answer);
}

TEST_F(RecordTest, GoesOnBehindALineThatWasNotFinished) {
    write("1000 a@b\n10");
    EXPECT_EQ(note("c@d", 1001), Verdict::Answer);
    EXPECT_EQ(note("c@d", 1001), Verdict::NotAgain);
    EXPECT_EQ(text(), "1000 a@b\n10\n1001 c@d\n");
}

TEST_F(RecordTest, ForgetsWhatIsOld) {
    std::string old;
    for (int i = 0; i < 500; ++i) old += "1 " + std::to_string(i) + "@b\n";
    write(old);
    EXPECT_EQ(note("a@b", 1000), Verdict::Answer);
    EXPECT_EQ(text(), "1000 a@b\n");
}

TEST_F(RecordTest, KeepsANotice) {
    ASSERT_TRUE(write_notice(directory_.get(), "notice", "away\n"));
    ASSERT_TRUE(write_notice(directory_.get(), "notice", "still away\n"));
    EXPECT_EQ(read_notice(directory_.get(), "notice", 100), "still away\n");
    EXPECT_FALSE(read_notice(directory_.get(), "notice", 5));
    EXPECT_FALSE(read_notice(directory_.get(), "absent", 100));
    std::filesystem::create_symlink(folder_ / "notice", folder_ / "link");
    EXPECT_FALSE(read_notice(directory_.get(), "link", 100));
}

// Hostile: what else may stand there.
TEST_F(RecordTest, UsesNothingButAFileOfItsOwn) {
    const auto path = folder_ / "answered";
    const auto refuses = [&] {
        const bool is_refused = !note("a@b", 1000);
        std::filesystem::remove(path);
        return is_refused;
    };
    std::ofstream(folder_ / "other") << "precious\n";
    std::filesystem::create_symlink(folder_ / "other", path);
    EXPECT_TRUE(refuses()) << "a link";
    std::filesystem::create_symlink(folder_ / "absent", path);
    EXPECT_TRUE(refuses()) << "a link to nothing";
    EXPECT_FALSE(std::filesystem::exists(folder_ / "absent"));
    std::filesystem::create_hard_link(folder_ / "other", path);
    EXPECT_TRUE(refuses()) << "a file with another name";
    ::mkfifo(path.c_str(), 0600);
    EXPECT_TRUE(refuses()) << "a pipe";
    std::filesystem::create_directory(path);
    EXPECT_TRUE(refuses()) << "a directory";
    write("");
    std::filesystem::permissions(path, std::filesystem::perms(0666));
    EXPECT_TRUE(refuses()) << "others may write to it";
    write(std::string(5 << 20, 'x'));
    EXPECT_TRUE(refuses()) << "longer than it can have become";
    std::ifstream other(folder_ / "other");
    EXPECT_EQ(std::string(std::istreambuf_iterator<char>(other), {}), "precious\n");
}

}  // namespace
}  // namespace answered
