// A real worker, as root: whose mail it reaches, and whose it does not.
#include "reader/worker.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "owner/dialogue.h"
#include "pop3d/inbox.h"
#include "reader/inbox.h"

namespace reader {
namespace {

namespace fs = std::filesystem;
using State = pop3d::Found::State;

class WorkerTest : public testing::Test {
protected:
    WorkerTest() {
        char name[] = "/tmp/hermod-reader-XXXXXX";
        base = ::mkdtemp(name);
        ::chmod(base.c_str(), 0755);
        root = file::Descriptor(::open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    }
    ~WorkerTest() override { fs::remove_all(base); }

    fs::path make_home(const std::string& name, uid_t uid) {
        const auto home = base / name;
        for (const auto& path : {home, home / "Maildir", home / "Maildir/new", home / "Maildir/cur"}) {
            fs::create_directory(path);
            ::chmod(path.c_str(), 0700);
            give(path, uid);
        }
        return home;
    }
    void put(const fs::path& path, const std::string& content, uid_t uid) {
        std::ofstream(path) << content;
        ::chmod(path.c_str(), 0600);
        give(path, uid);
    }
    void give(const fs::path& path, uid_t uid) {
        if (is_root) EXPECT_EQ(::chown(path.c_str(), uid, uid), 0);
    }
    owner::Started start(const fs::path& home, uid_t uid) {
        const auto below_root = home.string().substr(1);
        auto started =
            start_worker({.owner = {uid, uid, owner::Base::Root, below_root}, .home = below_root, .path = "Maildir"},
                         {.root = root.get(), .becomes_owner = is_root});
        EXPECT_TRUE(started);
        return *std::move(started);
    }

    struct Client {
        explicit Client(owner::Started started_) : started(std::move(started_)), dialogue(started.socket.get()) {}
        ~Client() {
            started.socket.close();
            ::waitpid(static_cast<pid_t>(started.pid), nullptr, 0);
        }
        template <typename Answer>
        Answer hear() {
            auto answers = dialogue.wait();
            EXPECT_EQ(answers.size(), 1u);
            if (answers.empty() || !std::holds_alternative<Answer>(answers[0])) {
                ADD_FAILURE();
                return Answer{};
            }
            return std::get<Answer>(std::move(answers[0]));
        }
        template <typename Answer, typename Question>
        Answer ask(const Question& question) {
            dialogue.send(question);
            return hear<Answer>();
        }
        owner::Started started;
        owner::Dialogue<pop3d::FromWorker, ToWorker> dialogue;
    };

    static constexpr uid_t joe = 54'321, ann = 54'322;
    const bool is_root = ::geteuid() == 0;
    fs::path base;
    file::Descriptor root;
};

TEST_F(WorkerTest, ReadsAndDeletesAsItsOwner) {
    const auto home = make_home("joe", joe);
    put(home / "Maildir/new/1.a.h", "a: b\n\nx\n", joe);
    put(home / "Maildir/cur/2.b.h:2,S", std::string(pop3d::longest_piece + 5, 'x'), joe);
    {
        Client client(start(home, joe));
        const auto found = client.hear<pop3d::Found>();
        EXPECT_EQ(found.state, State::Open);
        EXPECT_EQ(found.messages, 2u);
        EXPECT_EQ(client.ask<pop3d::Counted>(CountMessages{}).octets, 11u + pop3d::longest_piece + 7);
        EXPECT_EQ(client.ask<pop3d::Listed>(ListMessages{About::UniqueId, 1}).lines, "1 1.a.h\r\n2 2.b.h\r\n");
        EXPECT_EQ((client.ask<pop3d::Looked>(Look{About::Size, 1})), (pop3d::Looked{pop3::Reach::Here, "11"}));
        EXPECT_EQ(client.ask<pop3d::Looked>(Look{About::Size, 3}).reach, pop3::Reach::Absent);
        EXPECT_EQ((client.ask<pop3d::Piece>(Fetch{1})), (pop3d::Piece{pop3::Reach::Here, "a: b\n\nx\n", true}));
        const auto piece = client.ask<pop3d::Piece>(Fetch{2});
        EXPECT_FALSE(piece.is_last);
        EXPECT_EQ(piece.octets.size(), pop3d::longest_piece);
        EXPECT_EQ((client.ask<pop3d::Piece>(FetchMore{})), (pop3d::Piece{pop3::Reach::Here, "xxxxx", true}));
        EXPECT_EQ(client.ask<pop3d::Piece>(FetchMore{}).reach, pop3::Reach::Failing);
        EXPECT_EQ(client.ask<pop3d::Looked>(Mark{1}).reach, pop3::Reach::Here);

        Client second(start(home, joe));
        EXPECT_EQ(second.hear<pop3d::Found>().state, State::InUse);
    }  // it goes away: nothing is deleted
    EXPECT_TRUE(fs::exists(home / "Maildir/new/1.a.h"));
    Client client(start(home, joe));
    client.hear<pop3d::Found>();
    client.ask<pop3d::Looked>(Mark{1});
    EXPECT_EQ((client.ask<pop3d::Updated>(Update{})), (pop3d::Updated{1, 0, 1, ""}));
    EXPECT_FALSE(fs::exists(home / "Maildir/new/1.a.h"));
    EXPECT_TRUE(fs::exists(home / "Maildir/cur/2.b.h:2,S"));
}

TEST_F(WorkerTest, ListsInPieces) {
    const auto home = make_home("joe", joe);
    for (int i = 1000; i < 4000; ++i)
        put(home / ("Maildir/new/" + std::to_string(i) + ".a-rather-long-name.h"), "", joe);
    Client client(start(home, joe));
    EXPECT_EQ(client.hear<pop3d::Found>().messages, 3000u);
    std::string all;
    int pieces = 0;
    for (std::uint32_t next = 1; next != 0; ++pieces) {
        auto listed = client.ask<pop3d::Listed>(ListMessages{About::UniqueId, next});
        EXPECT_LE(listed.lines.size(), pop3d::longest_piece + 100);
        all += listed.lines;
        next = listed.next;
    }
    EXPECT_GT(pieces, 1);
    EXPECT_EQ(std::ranges::count(all, '\n'), 3000);
    EXPECT_TRUE(all.ends_with("3000 3999.a-rather-long-name.h\r\n"));
}

// Hostile: the owner puts links into his home that lead to other people's mail, and pipes that nobody writes to.
TEST_F(WorkerTest, FollowsNothing) {
    const auto home = make_home("joe", joe), other = make_home("ann", ann);
    put(other / "Maildir/new/1.secret.h", "secret", ann);
    fs::create_symlink(other / "Maildir/new/1.secret.h", home / "Maildir/new/2.link.h");
    ASSERT_EQ(::mkfifo((home / "Maildir/new/3.pipe.h").c_str(), 0666), 0);
    {
        Client client(start(home, joe));
        EXPECT_EQ(client.hear<pop3d::Found>().messages, 0u);
    }
    fs::remove_all(home / "Maildir/cur");
    fs::create_directory_symlink(other / "Maildir/new", home / "Maildir/cur");
    Client client(start(home, joe));
    EXPECT_EQ(client.hear<pop3d::Found>().state, State::Failing);
}

TEST_F(WorkerTest, ReachesNobodyElsesMail) {
    if (!is_root) GTEST_SKIP() << "needs root, to become somebody";
    const auto other = make_home("ann", ann);
    put(other / "Maildir/new/1.secret.h", "secret", ann);
    {
        Client client(start(other, joe));  // as if directory had mixed them up
        EXPECT_NE(client.hear<pop3d::Found>().state, State::Open);
    }
    Client client(start(base / "nobody", joe));
    EXPECT_EQ(client.hear<pop3d::Found>().state, State::NoMailbox);
}

TEST_F(WorkerTest, IsNeverRoot) {
    if (!is_root) GTEST_SKIP() << "needs root";
    Client client(start(make_home("toor", 0), 0));
    EXPECT_TRUE(client.dialogue.wait().empty());
}

}  // namespace
}  // namespace reader
