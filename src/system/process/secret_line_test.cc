#include "process/secret_line.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "process/wire.h"

namespace {

std::string shown(const std::expected<std::string, std::string_view>& read) {
    return read ? '[' + *read + ']' : std::string(read.error());
}

}  // namespace

TEST(SecretLine, IsOneLineAndNothingElse) {
    const struct {
        std::string text, want;
    } cases[] = {
        {"secret\n", "[secret]"},
        {"secret\r\n", "[secret]"},
        {"secret", "[secret]"},
        {" blanks \n", "[ blanks ]"},
        {"p\xc3\xa4ss\n", "[p\xc3\xa4ss]"},
        {"\n", "has no password in it"},
        {"", "has no password in it"},
        {"one\ntwo\n", "has more in it than one line"},
        {"one\n\n", "has more in it than one line"},
        {"one\r\r\n", "has more in it than one line"},
        {std::string("a\0b\n", 4), "has more in it than one line"},
        {"tab\tbed\n", "has more in it than one line"},
        {std::string(8, 'x') + "\n", "[xxxxxxxx]"},
        {std::string(9, 'x') + "\n", "[xxxxxxxxx]"},
        {std::string(9, 'x') + "\r\n", "is too long for a password"},
        {std::string(11, 'x'), "is too long for a password"},
        {std::string(1'000'000, 'x'), "is too long for a password"},
    };
    for (const auto& [text, want] : cases) {
        SCOPED_TRACE(text.substr(0, 20));
        EXPECT_EQ(shown(process::secret_line(process::memory_file(text), 10)), want);
    }
}

// The descriptor is shared with whoever opened the file, and so is where it stands.
TEST(SecretLine, IsReadFromTheBeginning) {
    const auto file = process::memory_file("secret\n");
    ASSERT_EQ(::lseek(file.get(), 3, SEEK_SET), 3);
    for (int i = 0; i < 2; ++i) EXPECT_EQ(shown(process::secret_line(file, 10)), "[secret]");
    EXPECT_EQ(::lseek(file.get(), 0, SEEK_CUR), 3);
}

TEST(SecretLine, SaysWhatCannotBeRead) {
    EXPECT_EQ(shown(process::secret_line(file::Descriptor(::open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC)), 10)),
              "cannot be read");
    EXPECT_EQ(shown(process::secret_line(file::Descriptor(), 10)), "cannot be read");
}
