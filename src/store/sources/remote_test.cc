#include "sources/remote.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

namespace sources {
namespace {

using namespace std::chrono_literals;

class SetClock final : public clocks::Clock {
public:
    clocks::Wall wall() const override { return {}; }
    clocks::Steady steady() const override { return now; }
    clocks::Steady now = clocks::Steady(1000h);
};

/// It answers, or does not, as a test wants it to.
class Somewhere final : public Remote {
public:
    using Remote::Remote;
    accounts::Found<accounts::Account> account(std::string_view) override {
        return ask([&](Deadline deadline) -> accounts::Found<accounts::Account> {
            ++questions;
            last_deadline = deadline;
            if (trouble) return std::unexpected(*trouble);
            return std::nullopt;
        });
    }
    accounts::Found<accounts::Alias> alias(std::string_view) override { return std::nullopt; }
    accounts::Found<accounts::Credentials> credentials(std::string_view) override { return std::nullopt; }

    int questions = 0;
    Deadline last_deadline{};
    std::optional<accounts::Error> trouble;
};

struct ARemoteSource : ::testing::Test {
    SetClock clock;
    std::vector<std::string> changes, mistakes;
    Terms terms{.settings = {.timeout = 5s},
                .password = {},
                .on_change = [this](const std::string& why) { changes.push_back(why); },
                .on_mistake = [this](const std::string& what) { mistakes.push_back(what); }};
    Somewhere source{terms, clock};
};

// Hostile: or whoever stops it would have every question wait for its whole time, one behind another.
TEST_F(ARemoteSource, IsLeftAloneAfterItDidNotAnswer) {
    source.trouble = accounts::Error{accounts::Error::Code::Busy, "it does not answer in time"};
    EXPECT_FALSE(source.account("ann@l.test"));
    EXPECT_EQ(source.last_deadline, clock.now + 5s);
    for (int i = 0; i < 100; ++i) EXPECT_FALSE(source.account("ann@l.test"));
    EXPECT_EQ(source.questions, 1);
    int rests = 0;
    for (const auto until = clock.now + 60s; clock.now < until; clock.now += 100ms)
        if (const int before = source.questions; !source.account("ann@l.test") && source.questions > before) ++rests;
    EXPECT_GE(rests, 5) << "it is tried again";
    EXPECT_LE(rests, 12) << "each time after a longer while";
    source.trouble.reset();
    clock.now += 15s;
    EXPECT_TRUE(source.account("ann@l.test"));
    EXPECT_TRUE(source.account("ann@l.test"));
    EXPECT_EQ(changes.size(), 2u) << "told once, and once that it is over";
    EXPECT_TRUE(changes[0].contains("it does not answer in time")) << changes[0];
    EXPECT_EQ(changes[1], "");
}

TEST_F(ARemoteSource, MayBeWrongAboutOneAndRightAboutTheNext) {
    source.trouble = accounts::Error{accounts::Error::Code::Failed, "several rows"};
    for (int i = 0; i < 100; ++i) EXPECT_FALSE(source.account("twin@l.test"));
    EXPECT_EQ(mistakes, std::vector<std::string>{"several rows"});
    clock.now += 61s;
    EXPECT_FALSE(source.account("twin@l.test"));
    EXPECT_EQ(mistakes.size(), 2u);
    source.trouble.reset();
    EXPECT_TRUE(source.account("ann@l.test"));
    EXPECT_EQ(source.questions, 102);
    EXPECT_TRUE(changes.empty());
}

TEST(PasswordFile, IsItsOwnersAlone) {
    const std::string path = ::testing::TempDir() + "password_file_test_" + std::to_string(::getpid());
    const site::AccountSource settings{.password_file = path};
    EXPECT_FALSE(read_password(settings));
    EXPECT_NE(password_file_flaw(path), "");
    std::ofstream(path) << "secret, with spaces\r\nsecond line\n";
    ::chmod(path.c_str(), 0640);
    EXPECT_TRUE(read_password(settings).error().contains("chmod 0600"));
    EXPECT_TRUE(password_file_flaw(path).contains("chmod 0600"));
    ::chmod(path.c_str(), 0600);
    EXPECT_EQ(read_password(settings), "secret, with spaces");
    EXPECT_EQ(password_file_flaw(path), "");
    std::ofstream(path) << "\n";
    EXPECT_FALSE(read_password(settings));
    ::unlink(path.c_str());
    ::mkdir(path.c_str(), 0700);
    EXPECT_FALSE(read_password(settings));
    ::rmdir(path.c_str());
    EXPECT_EQ(read_password({}), "") << "none is needed";
}

}  // namespace
}  // namespace sources
