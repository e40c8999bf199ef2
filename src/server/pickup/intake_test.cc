// Files in a drop directory, taken in with neighbours that live in this process.
#include "pickup/intake.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "lang/overloaded.h"
#include "pickup/rounds.h"

namespace pickup {
namespace {

namespace asio = boost::asio;
namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::SizeIs;

struct FixedClock final : clocks::Clock {
    clocks::Wall wall() const override { return clocks::Wall(std::chrono::milliseconds(1'700'000'000'000)); }
    clocks::Steady steady() const override { return clocks::Steady(std::chrono::milliseconds(0)); }
};

struct IntakeTest : testing::Test {
    fs::path folder = [] {
        char name[] = "/tmp/pickup_test.XXXXXX";
        return fs::path(::mkdtemp(name));
    }();
    asio::io_context context;
    FixedClock clock;
    logs::Log log{clock, {}, {}};
    submitter::Directory directory{context};
    submitter::Queue queue{context};
    DropFolder drops{file::Descriptor(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC))};
    submitter::Opinions opinions{context};
    Around around{directory, queue, opinions, drops, log, clock, "h.example", 1'000'000};

    // What the neighbours heard, and what they say.
    std::vector<directory::LookUp> asked;
    std::vector<qmgr::Submit> submitted;
    std::vector<std::string> contents;
    bool blob_dropped = false;
    std::string blob_path = folder.string() + ".blob";
    smtp::Reply refusal;  // of the queue; code 0: it commits
    using DirectorySide = ipc::Link<directory::FromSmtpd, smtpd::FromDirectory>;
    using QueueSide = ipc::Link<qmgr::FromSmtpd, smtpd::FromQmgr>;
    std::unique_ptr<DirectorySide> directory_side;
    std::unique_ptr<QueueSide> queue_side;

    IntakeTest() {
        auto [ours, theirs] = pair();
        directory_side = std::make_unique<DirectorySide>(
            context, std::move(theirs),
            DirectorySide::Handlers{
                .on_message =
                    [this](directory::FromSmtpd question) { answer(std::get<directory::LookUp>(std::move(question))); },
                .on_gone = [](const std::string&) {}});
        directory.connect(std::move(ours));
        auto [our_end, their_end] = pair();
        queue_side = std::make_unique<QueueSide>(
            context, std::move(their_end),
            QueueSide::Handlers{
                .on_message = [this](qmgr::FromSmtpd order) { std::visit([this](auto& one) { take(one); }, order); },
                .on_gone = [](const std::string&) {}});
        queue.connect(std::move(our_end));
    }
    ~IntakeTest() override {
        fs::remove_all(folder);
        fs::remove(blob_path);
    }

    static std::pair<file::Descriptor, file::Descriptor> pair() {
        int ends[2];
        EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends), 0);
        return {file::Descriptor(ends[0]), file::Descriptor(ends[1])};
    }
    void answer(directory::LookUp question) {
        directory::Resolved resolved{.ticket = question.ticket, .reply = {250, "2.1.5", "ok"}, .recipients = {}};
        if (question.address.starts_with("nobody@"))
            resolved.reply = {550, "5.1.1", "No such user"};
        else if (question.address.starts_with("later@"))
            resolved.reply = {451, "4.3.0", "Not now"};
        else
            resolved.recipients.push_back(
                {.smtp = {.address = "resolved-" + question.address, .original_recipient = {}},
                 .transport = spool::Transport::Relay});
        asked.push_back(std::move(question));
        directory_side->send(resolved);
    }
    std::function<void()> on_submit;
    void take(qmgr::Submit& message) {
        if (on_submit) on_submit();
        contents.push_back(message.blob ? read(blob_path) : message.octets);
        if (refusal.code)
            queue_side->send(smtpd::Refused{message.ticket, refusal});
        else
            queue_side->send(smtpd::Committed{message.ticket, 77});
        submitted.push_back(std::move(message));
    }
    void take(qmgr::OpenBlob& order) {
        queue_side->send(smtpd::BlobOpened{
            order.ticket, file::Descriptor(::open(blob_path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)),
            file::Descriptor(::open(blob_path.c_str(), O_RDONLY | O_CLOEXEC))});
    }
    void take(qmgr::DropBlob&) { blob_dropped = true; }

    static std::string read(const fs::path& path) {
        std::ifstream file(path, std::ios::binary);
        return {std::istreambuf_iterator<char>(file), {}};
    }
    void leave(const std::string& name, std::string_view text) {
        std::ofstream(folder / name, std::ios::binary) << text;
    }
    Fate take_in(const std::string& name) {
        Fate fate = Fate::Removed;
        bool is_over = false;
        asio::co_spawn(
            context,
            [&]() -> net::Task<void> {
                Intake intake(around, name);
                fate = co_await intake.run();
                is_over = true;
            },
            asio::detached);
        run_until([&] { return is_over; });
        EXPECT_TRUE(is_over);
        return fate;
    }
    /// However slow the machine is.
    template <typename Condition>
    void run_until(Condition condition) {
        for (int i = 0; i < 2000 && !condition(); ++i)
            context.run_for(std::chrono::milliseconds(10)), context.restart();
    }
    bool is_there(const std::string& name) const { return fs::exists(fs::symlink_status(folder / name)); }
};

constexpr std::string_view head =
    "HERMOD-DROP 1\nNAME Joe\nMAIL FROM:<joe> RET=FULL\nRCPT TO:<ann@b.example> NOTIFY=FAILURE\nDATA\n";

TEST_F(IntakeTest, AMessageIsCompletedSubmittedAndRemoved) {
    leave("1.a", std::string(head) + "Subject: x\nBcc: secret@b.example\n\nhello\n.\nend");
    EXPECT_EQ(take_in("1.a"), Fate::Taken);
    EXPECT_FALSE(is_there("1.a"));
    ASSERT_THAT(asked, SizeIs(1));
    EXPECT_EQ(asked[0].address, "ann@b.example");
    EXPECT_TRUE(asked[0].may_relay);
    ASSERT_THAT(submitted, SizeIs(1));
    const auto& envelope = submitted[0].envelope;
    EXPECT_EQ(envelope.reverse_path, "joe@h.example");
    EXPECT_EQ(envelope.ret, smtp::Return::Full);
    EXPECT_EQ(envelope.origin, "uid " + std::to_string(::geteuid()));
    EXPECT_EQ(envelope.arrived, 1'700'000'000'000);
    ASSERT_THAT(envelope.recipients, SizeIs(1));
    EXPECT_EQ(envelope.recipients[0].smtp.address, "resolved-ann@b.example");
    EXPECT_EQ(envelope.recipients[0].smtp.notify, smtp::notify_failure);
    // RFC 6409 §8.1–8.3, RFC 5321 §4.4
    const auto& text = contents.at(0);
    EXPECT_TRUE(text.starts_with("Received: ")) << text;
    EXPECT_THAT(text, HasSubstr("userid " + std::to_string(::geteuid())));
    EXPECT_THAT(text, HasSubstr("\r\nFrom: Joe <joe@h.example>\r\n"));
    EXPECT_THAT(text, HasSubstr("\r\nDate: "));
    EXPECT_THAT(text, HasSubstr("@h.example>\r\n"));
    EXPECT_THAT(text, testing::Not(HasSubstr("secret")));
    EXPECT_TRUE(text.ends_with("\r\n\r\nhello\r\n.\r\nend\r\n"));
    EXPECT_EQ(submitted[0].size, text.size());
    EXPECT_EQ(text.substr(submitted[0].id_at, 13), "0000000000000");
}

TEST_F(IntakeTest, ALongMessageGoesIntoAFileOfTheQueue) {
    std::string body;
    while (body.size() < 300'000) body += "line of the body, with a NUL:" + std::string(1, '\0') + "\n";
    leave("1.a", std::string(head) + "Subject: x\n\n" + body);
    EXPECT_EQ(take_in("1.a"), Fate::Taken);
    ASSERT_THAT(submitted, SizeIs(1));
    EXPECT_NE(submitted[0].blob, 0u);
    EXPECT_EQ(submitted[0].octets, "");
    EXPECT_EQ(submitted[0].size, contents[0].size());
    EXPECT_EQ(contents[0].find('\0'), std::string::npos);
    EXPECT_TRUE(contents[0].ends_with("with a NUL:\r\n"));
    context.poll();
    EXPECT_FALSE(blob_dropped);
}

TEST_F(IntakeTest, ARefusedRecipientIsLeftToTheQueueToBounce) {
    leave("1.a", "HERMOD-DROP 1\nMAIL FROM:<joe>\nRCPT TO:<nobody>\nRCPT TO:<ann>\nDATA\nSubject: x\n\nx\n");
    EXPECT_EQ(take_in("1.a"), Fate::Taken);
    const auto& recipients = submitted.at(0).envelope.recipients;
    ASSERT_THAT(recipients, SizeIs(2));
    EXPECT_EQ(recipients[0].smtp.address, "nobody@h.example");
    EXPECT_EQ(recipients[0].transport, spool::Transport::Local);
    EXPECT_EQ(recipients[1].smtp.address, "resolved-ann@h.example");
}

TEST_F(IntakeTest, AForwardIsPassedOnAsItIs) {
    const std::string message = "Delivered-To: joe@h.example\r\nBcc: x@y\r\n\r\nbody\r\n";
    leave("1.a", "HERMOD-DROP 1\nFORWARD\nMAIL FROM:<>\nRCPT TO:<ann>\nDATA\n" + message);
    EXPECT_EQ(take_in("1.a"), Fate::Taken);
    EXPECT_EQ(submitted.at(0).envelope.reverse_path, "");
    EXPECT_TRUE(contents.at(0).starts_with("Received: "));
    EXPECT_TRUE(contents.at(0).ends_with("\r\n" + message)) << contents.at(0);
    leave("2.a", "HERMOD-DROP 1\nFORWARD\nMAIL FROM:<>\nRCPT TO:<ann>\nDATA\n" + std::string(1'010'000, 'x'));
    EXPECT_EQ(take_in("2.a"), Fate::Taken) << "fields of the way count for nothing";
}

TEST_F(IntakeTest, TemporaryTroubleLeavesTheFile) {
    leave("1.a", "HERMOD-DROP 1\nMAIL FROM:<joe>\nRCPT TO:<ann>\nRCPT TO:<later>\nDATA\nx\n");
    EXPECT_EQ(take_in("1.a"), Fate::Stays);
    EXPECT_THAT(submitted, SizeIs(0)) << "not in part either";
    EXPECT_TRUE(is_there("1.a"));
    leave("2.a", std::string(head) + "x\n");
    refusal = {452, "4.3.1", "full"};
    EXPECT_EQ(take_in("2.a"), Fate::Stays);
    EXPECT_TRUE(is_there("2.a"));
    refusal = {554, "5.4.6", "loops"};
    EXPECT_EQ(take_in("2.a"), Fate::Removed);
    EXPECT_TRUE(is_there("refused/2.a"));
    refusal = {};
    queue_side.reset();
    leave("3.a", std::string(head) + std::string(200'000, 'x'));
    EXPECT_EQ(take_in("3.a"), Fate::Stays) << "no queue";
}

// Hostile: what a local user may leave in a directory that everybody may write to.
TEST_F(IntakeTest, StrangeThingsAreRemovedAndNeverRead) {
    leave("secret", std::string(head) + "the secret\n");
    fs::create_directory(folder / "elsewhere");
    fs::rename(folder / "secret", folder / "elsewhere/secret");
    const struct {
        const char* name;
        std::function<void(const std::string& path)> make;
        bool is_set_aside;
    } cases[] = {
        {"link", [&](const auto& path) { fs::create_symlink("elsewhere/secret", path); }, false},
        {"hardlink", [&](const auto& path) { fs::create_hard_link(folder / "elsewhere/secret", path); }, false},
        {"pipe", [](const auto& path) { ASSERT_EQ(::mkfifo(path.c_str(), 0644), 0); }, false},
        {"directory", [](const auto& path) { fs::create_directory(path); }, false},
        {"socket",
         [](const auto& path) {
             file::Descriptor socket(::socket(AF_UNIX, SOCK_STREAM, 0));
             sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
             path.copy(address.sun_path, sizeof address.sun_path - 1);
             ASSERT_EQ(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
         },
         false},
        {"empty", [&](const auto&) { leave("empty", ""); }, true},
        {"garbage", [&](const auto&) { leave("garbage", std::string(100'000, '\xff')); }, true},
        {"unfinished", [&](const auto&) { leave("unfinished", "HERMOD-DROP 1\nMAIL FROM:<a>\n"); }, true},
        {"newline", [&](const auto&) { leave("newline", "HERMOD-DROP 1\nMAIL FROM:<a\nb>\nRCPT TO:<c>\nDATA\n"); },
         true},
        {"huge", [&](const auto& path) { leave("huge", head), fs::resize_file(path, 100'000'000'000); }, true},
    };
    for (const auto& [name, make, is_set_aside] : cases) {
        SCOPED_TRACE(name);
        make((folder / name).string());
        EXPECT_EQ(take_in(name), Fate::Removed);
        EXPECT_FALSE(is_there(name));
        EXPECT_EQ(is_there(std::string("refused/") + name), is_set_aside);
    }
    EXPECT_THAT(submitted, SizeIs(0));
    EXPECT_TRUE(fs::exists(folder / "elsewhere/secret"));
    EXPECT_EQ(take_in("not there"), Fate::Removed);
}

// What was refused may be the last copy of somebody's message.
TEST_F(IntakeTest, TheRefusedAreKept) {
    for (int i = 0; i < 120; ++i) {
        leave(std::to_string(i), "garbage");
        EXPECT_EQ(take_in(std::to_string(i)), Fate::Removed);
    }
    EXPECT_EQ(std::distance(fs::directory_iterator(folder / "refused"), {}), 120);
    leave("7", "a name that was there before");
    EXPECT_EQ(take_in("7"), Fate::Removed);
    EXPECT_EQ(read(folder / "refused/7"), "garbage");
    EXPECT_EQ(read(folder / "refused/7.2"), "a name that was there before");
}

TEST_F(IntakeTest, WhatCannotBeSetAsideStays) {
    leave("refused", "in the way");
    leave("1.a", "garbage");
    EXPECT_EQ(take_in("1.a"), Fate::Stays);
    EXPECT_EQ(read(folder / "1.a"), "garbage");
}

TEST_F(IntakeTest, AFileThatCannotBeRemovedIsTakenOnce) {
    leave("1.a", std::string(head) + "x\n");
    on_submit = [this] {  // nothing that unlink(2) could remove
        fs::rename(folder / "1.a", folder / ".kept");
        fs::create_directories(folder / "1.a/full");
    };
    Rounds rounds(context, around, DropFolder::watch(folder));
    rounds.start();
    run_until([&] { return submitted.size() == 1 && rounds.is_idle(); });
    ASSERT_THAT(submitted, SizeIs(1));
    fs::remove_all(folder / "1.a");
    on_submit = {};
    fs::rename(folder / ".kept", folder / "1.a");
    leave(".new", std::string(head) + "y\n");
    fs::rename(folder / ".new", folder / "2.b");
    run_until([&] { return !is_there("2.b") && rounds.is_idle(); });
    EXPECT_TRUE(is_there("1.a"));
    EXPECT_THAT(submitted, SizeIs(2));
    rounds.stop();
}

TEST_F(IntakeTest, RoundsFindWhatIsThereAndWhatComes) {
    leave("1.early", std::string(head) + "x\n");
    leave(".unfinished", "HERMOD");
    leave(".stale", "HERMOD");
    const timespec old[2] = {{1'600'000'000, 0}, {1'600'000'000, 0}};
    ASSERT_EQ(::utimensat(AT_FDCWD, (folder / ".stale").c_str(), old, 0), 0);
    Rounds rounds(context, around, DropFolder::watch(folder));
    rounds.start();
    run_until([&] { return submitted.size() == 1; });
    EXPECT_THAT(submitted, SizeIs(1));
    EXPECT_TRUE(is_there(".unfinished"));
    EXPECT_FALSE(is_there(".stale"));

    for (int i = 0; i < 50; ++i) {
        leave(".new", std::string(head) + "x\n");
        fs::rename(folder / ".new", folder / ("2." + std::to_string(i)));
    }
    run_until([&] { return submitted.size() == 51 && rounds.is_idle(); });
    EXPECT_THAT(submitted, SizeIs(51));
    EXPECT_TRUE(rounds.is_idle());
    rounds.stop();
}

}  // namespace
}  // namespace pickup
