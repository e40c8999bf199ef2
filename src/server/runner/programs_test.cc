// Programs of whoever runs the test.
#include "runner/programs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>

namespace runner {
namespace {

namespace fs = std::filesystem;
using deliver::Ended;
using How = Ended::How;

struct ProgramsTest : testing::Test {
    fs::path home = [] {
        char name[] = "/tmp/runner_test.XXXXXX";
        return fs::path(::mkdtemp(name));
    }();
    boost::asio::io_context context;
    std::vector<Ended> ended;
    Programs programs{context,
                      {.most = 2, .limits = {.time = std::chrono::seconds(60), .memory = 1 << 30, .processes = 4000}},
                      [this](const Ended& one) { ended.push_back(one); }};

    // Programs of root are refused; there the user is nobody's in particular.
    static constexpr std::uint32_t somebody = 41'235;
    static std::uint32_t uid() { return ::geteuid() == 0 ? somebody : ::geteuid(); }

    ProgramsTest() {
        replace(std::chrono::seconds(60));
        if (::geteuid() == 0) EXPECT_EQ(::chown(home.c_str(), uid(), uid()), 0);
    }
    ~ProgramsTest() override { fs::remove_all(home); }

    void replace(std::chrono::seconds time) {
        programs.replace({.most = 2,
                          .limits = {.time = time, .memory = std::uint64_t{1} << 30, .processes = 4000},
                          .becomes_user = ::geteuid() == 0});
    }
    runner::Run order(const std::string& command) const {
        runner::Run run;
        run.ticket = 7;
        run.command = command;
        run.uid = run.gid = uid();
        run.home = home;
        run.environment = {"SENDER=a@b"};
        run.octets = "S: x\r\n\r\nbody\r\n";
        run.size = run.octets.size();
        return run;
    }
    Ended run(const std::string& command) {
        programs.give(order(command));
        wait_for(1);
        auto one = ended.front();
        ended.clear();
        return one;
    }
    void wait_for(std::size_t count) {
        context.restart();
        while (ended.size() < count) context.run_one();
    }
    std::string read(const std::string& name) const {
        std::ifstream file(home / name);
        return {std::istreambuf_iterator<char>(file), {}};
    }
};

TEST_F(ProgramsTest, EndAsTheyWill) {
    for (const int status : {0, 1, 99, 100, 111, 255}) {
        const auto one = run("exit " + std::to_string(status));
        EXPECT_EQ(one.how, How::Exited);
        EXPECT_EQ(one.status, static_cast<std::uint32_t>(status));
        EXPECT_EQ(one.ticket, 7u);
    }
    const auto killed = run("kill -SEGV $$");
    EXPECT_EQ(killed.how, How::Killed);
    EXPECT_EQ(killed.status, static_cast<std::uint32_t>(SIGSEGV));
    EXPECT_EQ(run("/no/such/program").status, 111u);
    EXPECT_EQ(run("/no/such/program").output, "/no/such/program: No such file or directory");
}

TEST_F(ProgramsTest, HaveTheMessageAndWhatTheyNeed) {
    EXPECT_EQ(run("cat > got; cat >> got").how, How::Exited);
    EXPECT_EQ(read("got"), "S: x\n\nbody\n");
    const auto said = run("umask; pwd; echo $SENDER; echo $HOME-; ls /proc/self/fd | tr '\\n' ' '").output;
    EXPECT_EQ(said, "0077 " + home.string() + " a@b - 0 1 2 3");
    EXPECT_EQ(run("cat").output, "S: x body") << "without a shell";
}

// Hostile
TEST_F(ProgramsTest, AreHeardOnlySoFar) {
    const auto one = run("yes | head -c 1000000");
    EXPECT_EQ(one.how, How::Exited);
    EXPECT_LE(one.output.size(), most_output);
    EXPECT_EQ(run("printf '\\033[2J\\001\\n\\nx'").output, "?[2J? x");
}

TEST_F(ProgramsTest, LeaveNothingRunning) {
    EXPECT_EQ(run("sleep 1000 & setsid sh -c 'echo $$ > left; exec sleep 1000' > /dev/null 2>&1 & "
                  "while ! test -s left; do :; done; echo $! >> left")
                  .how,
              How::Exited);
    std::ifstream file(home / "left");
    for (pid_t pid; file >> pid;) EXPECT_NE(::kill(pid, 0), 0) << pid;
}

TEST_F(ProgramsTest, ThatTakeTooLongAreKilled) {
    replace(std::chrono::seconds(1));
    EXPECT_EQ(run("setsid sh -c 'echo $$ > left; exec sleep 1000' & wait").how, How::TookTooLong);
    pid_t pid = 0;
    std::ifstream(home / "left") >> pid;
    ASSERT_GT(pid, 0);
    context.restart();
    while (::kill(pid, 0) == 0) context.run_one_for(std::chrono::milliseconds(10));
}

TEST_F(ProgramsTest, WaitForTheirTurn) {
    for (int i = 0; i < 20; ++i) programs.give(order("echo x >> turns"));
    wait_for(20);
    EXPECT_EQ(read("turns").size(), 40u);
}

TEST_F(ProgramsTest, AreNeverRoots) {
    auto as_root = order("true");
    as_root.uid = 0;
    programs.give(std::move(as_root));
    ASSERT_EQ(ended.size(), 1u);
    EXPECT_EQ(ended[0].how, How::NotStarted);
}

}  // namespace
}  // namespace runner
