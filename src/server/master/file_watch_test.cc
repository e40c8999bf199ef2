#include "master/file_watch.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>

namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

void write(const fs::path& path, std::string_view text) { std::ofstream(path) << text; }

struct FileWatch : testing::Test {
    FileWatch() {
        std::string name = (fs::temp_directory_path() / "watch-XXXXXX").string();
        folder = ::mkdtemp(name.data());
        fs::create_directories(folder / "archive");
        fs::create_directories(folder / "live");
        write(folder / "plain", "1");
        write(folder / "archive/1", "1");
        fs::create_symlink("../archive/1", folder / "live/cert");
        fs::create_directory_symlink("archive", folder / "current");
    }
    ~FileWatch() override { fs::remove_all(folder); }

    void begin(std::vector<std::string> names, std::chrono::milliseconds unasked = 1h) {
        std::vector<std::string> paths;
        for (const auto& name : names) paths.push_back((folder / name).string());
        watch.emplace(context, [this] { ++changes; }, master::FileWatch::Pace{.rest = 20ms, .unasked = unasked});
        watch->use(paths);
        ASSERT_TRUE(is_told_of(1));  // of the first
    }
    /// Waits for it; the time is only the end of a test that fails.
    bool is_told_of(int count) {
        const auto last_moment = std::chrono::steady_clock::now() + 20s;
        while (changes < count && std::chrono::steady_clock::now() < last_moment) context.run_one_for(100ms);
        return changes == count;
    }

    fs::path folder;
    boost::asio::io_context context;
    int changes = 0;
    std::optional<master::FileWatch> watch;
};

// The ways in which certbot, lego, uacme, acme.sh and people renew.
TEST_F(FileWatch, TellsOfEveryWayToRenew) {
    begin({"plain", "live/cert", "current/1"});
    const std::function<void()> ways[] = {
        [&] { write(folder / "plain", "2"); },
        [&] {
            write(folder / "new", "3");
            fs::rename(folder / "new", folder / "plain");
        },
        [&] {
            write(folder / "archive/2", "2");
            fs::remove(folder / "live/cert");
            fs::create_symlink("../archive/2", folder / "live/cert");
        },
        [&] { write(folder / "archive/2", "2 rewritten behind its link"); },
        [&] {
            fs::create_directories(folder / "other");
            write(folder / "other/1", "4");
            fs::create_directory_symlink("other", folder / "next");
            fs::rename(folder / "next", folder / "current");
        },
        [&] { fs::rename(folder / "live", folder / "was"); },
        [&] { fs::rename(folder / "was", folder / "live"); },
        [&] { fs::remove(folder / "plain"); },
        [&] { write(folder / "plain", "6"); },
    };
    int count = 1;
    for (const auto& way : ways) {
        SCOPED_TRACE(count);
        way();
        ASSERT_TRUE(is_told_of(++count));
    }
}

// A link behind a link: no folder on the way to it is watched.
TEST_F(FileWatch, LooksUnaskedToo) {
    fs::create_symlink("live/cert", folder / "far");
    begin({"far"}, 20ms);
    write(folder / "archive/2", "2");
    fs::remove(folder / "live/cert");
    fs::create_symlink("../archive/2", folder / "live/cert");
    EXPECT_TRUE(is_told_of(2));
}

TEST_F(FileWatch, KeepsQuietAboutOthers) {
    begin({"plain"}, 10ms);
    for (int i = 0; i < 5; ++i) {
        write(folder / "neighbour", std::to_string(i));
        context.run_for(50ms);
    }
    EXPECT_EQ(changes, 1);
}

// A file system of another machine, which does not answer: nobody waits for it but the child that looks.
TEST_F(FileWatch, AFileSystemThatHangsHangsNobodyElse) {
    const auto hung = folder / "hung";
    watch.emplace(
        context, [this] { ++changes; }, master::FileWatch::Pace{.rest = 10ms, .unasked = 10ms, .longest_look = 50ms},
        [hung](const auto& paths) {
            while (fs::exists(hung)) ::usleep(1000);
            return master::FileWatch::look_at(paths);
        });
    watch->use({(folder / "plain").string()});
    ASSERT_TRUE(is_told_of(1));
    write(hung, "");
    write(folder / "plain", "2");
    context.run_for(300ms);
    EXPECT_EQ(changes, 1);
    fs::remove(hung);
    EXPECT_TRUE(is_told_of(2));
}

TEST_F(FileWatch, OfTheSameFilesIsToldOnce) {
    begin({"plain"});
    watch->use({(folder / "plain").string()});
    context.run_for(100ms);
    EXPECT_EQ(changes, 1);
    watch->use({});
    write(folder / "plain", "2");
    context.run_for(100ms);
    EXPECT_EQ(changes, 1);
}

}  // namespace
