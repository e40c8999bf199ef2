// Instructions in a home on a real disk, as whoever runs the test.
#include "deliver/reading.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>

namespace deliver {
namespace {

namespace fs = std::filesystem;
using Instructions = directory::Instructions;

struct ReadingTest : testing::Test {
    fs::path home = [] {
        char name[] = "/tmp/reading_test.XXXXXX";
        return fs::path(::mkdtemp(name));
    }();
    ~ReadingTest() override { fs::remove_all(home); }

    void write(const std::string& name, std::string_view text, mode_t mode = 0600) const {
        std::ofstream(home / name) << text;
        ::chmod((home / name).c_str(), mode);
    }
    /// `extension`: with its "-" in front, or empty: there is none.
    std::string plan(std::string_view extension = "", Instructions kind = Instructions::Qmail) {
        const file::Descriptor opened(::open(home.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        Job job;
        job.instructions = kind;
        job.user = "ann";
        job.address = "ann@example.org";
        job.has_extension = !extension.empty();
        job.extension = extension.substr(job.has_extension ? 1 : 0);
        const auto read = read_instructions(job, opened.get(), ::geteuid(), "mx.example");
        if (!read) return (read.error().result == Result::NoMailbox ? "nobody: " : "wait: ") + read.error().detail;
        std::string text;
        for (const auto& [what, where] : read->steps) {
            constexpr std::string_view names[] = {"mailbox", "maildir ", "mbox ", "program ", "forward "};
            text += (text.empty() ? "" : "; ") + std::string(names[static_cast<std::size_t>(what)]) + where;
        }
        if (read->rest) text += " [" + *read->rest + "]";
        return text + (read->has_owner_default ? " (VERP)" : read->has_owner ? " (owner)" : "");
    }
    std::string forward(std::string_view extension = "") { return plan(extension, Instructions::Forward); }
};

// dot-qmail(5), qmail-local(8)
TEST_F(ReadingTest, FindsTheFileThatIsResponsible) {
    EXPECT_EQ(plan(), "mailbox");
    EXPECT_EQ(plan("-x"), "nobody: no .qmail-x");
    EXPECT_EQ(plan("-"), "nobody: no .qmail-");
    write(".qmail", "./Mailbox\n&bob\n|prog x\n./Maildir/\n");
    EXPECT_EQ(plan(), "mbox ./Mailbox; forward bob@mx.example; program prog x; maildir ./Maildir");
    write(".qmail-a", "");
    EXPECT_EQ(plan("-a"), "mailbox");
    write(".qmail-a-default", "#\n");
    EXPECT_EQ(plan("-a-b"), " [b]");
    write(".qmail-default", "&x@y.example\n");
    EXPECT_EQ(plan("-b-c"), "forward x@y.example [b-c]");
    EXPECT_EQ(plan("-b/../c"), "forward x@y.example [b/../c]");
    EXPECT_EQ(plan("-" + std::string(300, 'x')), "forward x@y.example [" + std::string(300, 'x') + "]");
    write(".qmail-a-owner", "");
    EXPECT_EQ(plan("-a"), "mailbox (owner)");
    write(".qmail-a-owner-default", "");
    EXPECT_EQ(plan("-a"), "mailbox (VERP)");
}

// Sendmail and Postfix local(8)
TEST_F(ReadingTest, ReadsForwardFiles) {
    EXPECT_EQ(forward(), "mailbox");
    EXPECT_EQ(forward("-x"), "mailbox");
    write(".forward", "bob@example.net, \\ann\n# c\n\"|prog a, b\"\n/home/ann/old\n/home/ann/dir/\n");
    EXPECT_EQ(forward(),
              "forward bob@example.net; mailbox; program prog a, b; mbox /home/ann/old; maildir /home/ann/dir");
    write(".forward+x", "ann@EXAMPLE.org\n");
    EXPECT_EQ(forward("-x"), "mailbox");
    write(".forward-y", "eve\n");
    EXPECT_EQ(forward("-y"), "forward eve@mx.example");
    EXPECT_EQ(forward("-y/../x").substr(0, 12), "forward bob@");
    write(".forward", "");
    EXPECT_EQ(forward(), "mailbox");
    write(".forward", ":include:/etc/passwd\n");
    EXPECT_EQ(forward(), "wait: .forward: :include: is for aliases");
    write(".forward", "a b c\n");
    EXPECT_EQ(forward(), "wait: .forward: line 1: neither a name nor an address");
}

// Hostile: who else may have written there.
TEST_F(ReadingTest, WaitsWhereSomethingIsNotAsItMustBe) {
    const auto path = home / ".qmail";
    const struct {
        const char* want;
        std::function<void()> make;
    } cases[] = {
        {"others may write to it", [&] { write(".qmail", "&a@b\n", 0602); }},
        {"is a symbolic link", [&] { write("x", "&a@b\n"), fs::create_symlink("x", path); }},
        {"is not a regular file", [&] { ::mkfifo(path.c_str(), 0600); }},
        {"is not a regular file", [&] { fs::create_directory(path); }},
        {"is too long", [&] { write(".qmail", "&a@b\n"), fs::resize_file(path, 10'000'000'000); }},
        {"the first line of the .qmail file is blank", [&] { write(".qmail", "\n&a@b\n"); }},
        {"the .qmail file may only forward, but names a program or a file", [&] { write(".qmail", "|x\n", 0700); }},
        {"the .qmail file has a NUL in it", [&] { write(".qmail", std::string_view("&a\0\n", 4)); }},
        {"\"a b@c\" is no address", [&] { write(".qmail", "&a b@c\n"); }},
        {"\"\" is no address", [&] { write(".qmail", "&\n"); }},
    };
    for (const auto& [want, make] : cases) {
        fs::remove_all(path);
        make();
        EXPECT_EQ(plan(), std::string("wait: .qmail: ") + want);
    }
    fs::remove_all(path);
    write(".qmail", "&a@b.example\n", 0720);
    EXPECT_EQ(plan(), "forward a@b.example") << "the group is the user's own business, as qmail has it";
    write(".forward", "a@b.example\n", 0620);
    EXPECT_EQ(forward(), "wait: .forward: others may write to it");
}

}  // namespace
}  // namespace deliver
