#include "accounts/reader.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "accounts/testing/folder.h"

namespace accounts {
namespace {

struct ReaderTest : ::testing::Test {
    void SetUp() override {
        reader.emplace(folder.file(), [this](const std::string& why) { troubles.push_back(why); });
    }
    /// "yes", "no", or why nobody can say.
    std::string ann() {
        const auto found = reader->account("ann@v.example");
        if (!found) return std::string(describe(found.error().code));
        return *found ? "yes" : "no";
    }
    void add_ann() { ASSERT_TRUE(folder.open()->add(Account{.address = "ann@v.example"})); }

    testing::Folder folder;
    std::vector<std::string> troubles;
    std::optional<Reader> reader;
};

TEST_F(ReaderTest, SeesWhatIsMadeLater) {
    EXPECT_EQ(ann(), "no");
    add_ann();
    EXPECT_EQ(ann(), "yes");
    ASSERT_TRUE(*folder.open()->remove_account("ann@v.example"));
    EXPECT_EQ(ann(), "no");
    EXPECT_TRUE(troubles.empty());
}

TEST_F(ReaderTest, ReadsTheFileThatIsThereNow) {
    add_ann();
    EXPECT_EQ(ann(), "yes");
    const testing::Folder other;
    other.open();
    std::filesystem::rename(other.file(), folder.file());
    EXPECT_EQ(ann(), "no");
}

// Accounts do not cease to exist because their file cannot be read.
TEST_F(ReaderTest, NeverTakesTroubleForNo) {
    add_ann();
    EXPECT_EQ(ann(), "yes");
    const auto aside = folder.file() + ".aside";
    std::filesystem::rename(folder.file(), aside);
    EXPECT_EQ(ann(), describe(Error::Code::Forbidden));
    EXPECT_EQ(ann(), describe(Error::Code::Forbidden));
    EXPECT_EQ(troubles.size(), 1u);
    std::ofstream(folder.file()) << std::string(5000, 'x');
    EXPECT_EQ(ann(), describe(Error::Code::Damaged));
    std::ofstream(folder.file(), std::ios::trunc).flush();
    EXPECT_EQ(ann(), describe(Error::Code::Damaged));
    std::filesystem::remove(folder.file());
    std::filesystem::rename(aside, folder.file());
    EXPECT_EQ(ann(), "yes");
    EXPECT_EQ(troubles.size(), 1u);
}

TEST_F(ReaderTest, ReadsBesideAWriterAndNotBesideAnExclusiveOne) {
    add_ann();
    const auto writer = folder.open();
    ASSERT_TRUE(writer->begin());
    ASSERT_TRUE(*writer->remove_account("ann@v.example"));
    EXPECT_EQ(ann(), "yes");
    writer->roll_back();
    reader.reset();
    ASSERT_TRUE(writer->connection().run("PRAGMA locking_mode = EXCLUSIVE"));
    ASSERT_TRUE(writer->begin());
    ASSERT_TRUE(writer->add(Account{.address = "bob@v.example"}));
    ASSERT_TRUE(writer->commit());
    SetUp();
    const auto code = ann();
    EXPECT_NE(code, "no");
    EXPECT_NE(code, "yes");
}

// What is wrong in the middle of the file comes to light when it is read.
TEST_F(ReaderTest, FindsDamageInsideTheFile) {
    {
        const auto database = folder.open();
        ASSERT_TRUE(database->begin());
        for (int i = 0; i < 5'000; ++i)
            ASSERT_TRUE(database->add(Account{.address = std::to_string(i) + "@v.example"}));
        ASSERT_TRUE(database->commit());
    }
    add_ann();
    EXPECT_EQ(ann(), "yes");
    reader.reset();
    std::fstream file(folder.file(), std::ios::in | std::ios::out | std::ios::binary);
    for (std::size_t page = 1; page < std::filesystem::file_size(folder.file()) / 4096; ++page) {
        file.seekp(static_cast<std::streamoff>(page * 4096));
        file << std::string(64, '\xee');
    }
    file.close();
    SetUp();
    EXPECT_EQ(ann(), describe(Error::Code::Damaged));
    EXPECT_EQ(troubles.size(), 1u);
}

}  // namespace
}  // namespace accounts
