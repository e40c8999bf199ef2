#include "senders/file.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "file/descriptor.h"

namespace senders {
namespace {

struct SenderFile : testing::Test {
    std::filesystem::path folder = [] {
        char name[] = "/tmp/senders_test.XXXXXX";
        return std::filesystem::path(::mkdtemp(name));
    }();
    file::Descriptor directory{::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    ~SenderFile() override { std::filesystem::remove_all(folder); }

    std::expected<void, std::string> block(const std::string& identity) {
        return change(directory.get(), [&](List& list) -> std::expected<void, std::string> {
            list.set({.identity = identity});
            return {};
        });
    }
    std::size_t count() { return read(directory.get()).value_or(List()).entries().size(); }
};

TEST_F(SenderFile, KeepsWhatIsSet) {
    EXPECT_EQ(count(), 0u) << "no file is an empty list";
    ASSERT_TRUE(block("a.example"));
    ASSERT_TRUE(block("b.example"));
    EXPECT_EQ(count(), 2u);
    const auto refused = change(directory.get(), [](List& list) -> std::expected<void, std::string> {
        list.remove("a.example");
        return std::unexpected("no");
    });
    EXPECT_EQ(refused.error(), "no");
    EXPECT_EQ(count(), 2u) << "what fails changes nothing";
    EXPECT_FALSE(std::filesystem::exists(folder / "senders.new"));
}

TEST_F(SenderFile, DoesNotWriteOverWhatItCannotRead) {
    std::ofstream(folder / "senders") << "block validated a.example 1\nnonsense\n";
    EXPECT_FALSE(read(directory.get()));
    EXPECT_FALSE(block("b.example"));
    std::filesystem::remove(folder / "senders");
    std::filesystem::create_symlink("/etc/passwd", folder / "senders");
    EXPECT_FALSE(read(directory.get()));
}

}  // namespace
}  // namespace senders
