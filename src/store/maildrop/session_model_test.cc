// Sessions by chance against the simplest maildrop that can be thought of: a map. A conversation as a client has it, on
// a disk that loses its power, with deliveries, another reader and a second client at the same time. What is never
// allowed: a message that is lost, or one that is deleted unasked (RFC 1939 §6, §8).
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>

#include "lang/overloaded.h"
#include "maildrop/maildrop.h"
#include "maildrop/unique_id.h"
#include "pop3/conversation.h"
#include "pop3/multiline.h"
#include "simulated_disk/simulated_disk.h"

namespace maildrop {
namespace {

/// What pop3d and a worker are together, without processes.
class Session {
public:
    explicit Session(file::Disk& disk) : disk_(disk) {
        say("USER u");
        login_ = say("PASS p");
    }
    bool is_logged_in() const { return conversation_.is_logged_in(); }
    const std::string& login() const { return login_; }

    std::string say(std::string_view line) {
        heard_.clear();
        carry_out(conversation_.on(pop3::Line{pop3::Line::Kind::Whole, line, 0}));
        return heard_;
    }

private:
    void carry_out(pop3::Step step) {
        std::visit(
            Overloaded{[&](pop3::Say& say) { heard_ += say.octets; }, [&](pop3::AskPassword&) { log_in(); },
                       [&](pop3::AskCount&) { count(); },
                       [&](pop3::AskOne& asked) { carry_out(conversation_.on(look(asked))); },
                       [&](pop3::SendAll& all) { send_all(all); },
                       [&](pop3::AskMessage& asked) { fetch(asked.message); },
                       [&](pop3::SendMessage& send) { send_message(send); },
                       [&](pop3::AskMark& asked) {
                           carry_out(conversation_.on(pop3::Looked{maildrop_->mark(asked.message)}));
                       },
                       [&](pop3::AskUnmark&) { maildrop_->unmark_all(), count(); }, [&](pop3::AskUpdate&) { update(); },
                       [&](pop3::HangUp& hang_up) { heard_ += hang_up.farewell.wire(); },
                       [&](auto&) { ADD_FAILURE() << "nobody asked for this"; }},
            step);
    }
    void log_in() {
        auto opened = Maildrop::open(disk_);
        if (!opened)
            return carry_out(conversation_.on(pop3::Login{opened.error().failure == Maildrop::Failure::InUse
                                                              ? pop3::Login::Outcome::InUse
                                                              : pop3::Login::Outcome::Later}));
        maildrop_ = std::make_unique<Maildrop>(*std::move(opened));
        carry_out(conversation_.on(pop3::Login{pop3::Login::Outcome::Open, maildrop_->size()}));
    }
    void count() {
        const auto sum = maildrop_->count();
        carry_out(conversation_.on(pop3::Count{sum.messages, sum.octets}));
    }
    std::string text(pop3::AskOne::What what, std::uint32_t number) {
        return what == pop3::AskOne::What::Size ? std::to_string(maildrop_->octets(number))
                                                : maildrop_->unique_id(number);
    }
    pop3::Looked look(const pop3::AskOne& asked) {
        const auto reach = maildrop_->reach(asked.message);
        return {reach, reach == Reach::Here ? text(asked.what, asked.message) : ""};
    }
    void send_all(const pop3::SendAll& all) {
        heard_ += all.reply.wire();
        for (std::uint32_t number = 1; number <= maildrop_->size(); ++number)
            if (maildrop_->reach(number) != Reach::Marked)
                heard_ += std::to_string(number) + " " + text(all.what, number) + "\r\n";
        heard_ += ".\r\n";
    }
    void fetch(std::uint32_t number) {
        auto file = maildrop_->fetch(number);
        if (file) file_ = std::move(*file);
        carry_out(conversation_.on(pop3::Fetched{file ? Reach::Here : file.error()}));
    }
    void send_message(const pop3::SendMessage& send) {
        heard_ += send.reply.wire();
        pop3::MessageWriter writer(send.body_lines);
        writer.write(file_->read_at(0, 1 << 20).value_or(""), heard_);
        writer.finish(heard_);
    }
    void update() {
        const auto done = maildrop_->update();
        carry_out(conversation_.on(pop3::Updated{.left = done.left, .remaining = done.remaining}));
    }

    file::Disk& disk_;
    pop3::Conversation conversation_{{.hostname = "h", .logins = {.password = true, .mechanisms = {}}, .errors = 1000}};
    std::unique_ptr<Maildrop> maildrop_;
    std::unique_ptr<file::OpenFile> file_;
    std::string heard_;
    std::string login_;
};

/// The world: what must be in the Maildir, by unique id.
class World {
public:
    explicit World(unsigned seed) : chance_(seed), disk_(seed) {
        disk_.restore({{"new/", ""}, {"cur/", ""}, {"tmp/", ""}});
        for (int i = pick(5); i > 0; --i) deliver();
    }

    void run() {
        start_session();
        for (int steps = pick(25); steps > 0 && session_; --steps) {
            switch (pick(10)) {
                case 0: deliver(); break;
                case 1: another_reader(); break;
                case 2: second_client(); break;
                default: command(); break;
            }
        }
        if (session_) end_session();
        check();
    }
    std::size_t retrieved = 0, deleted = 0;

private:
    int pick(int below) { return std::uniform_int_distribution(0, below - 1)(chance_); }

    void deliver() {
        const auto name = std::to_string(1'700'000'000 + pick(50)) + ".M" + std::to_string(++deliveries_) + ".host";
        std::string content = "Subject: " + name + "\n\n";
        for (int lines = pick(4); lines > 0; --lines) content += pick(3) == 0 ? ".dot\n" : "line\n";
        if (pick(3) == 0) content += "no end";
        auto file = disk_.open("tmp/" + name, file::Mode::CreateNew);
        ASSERT_TRUE(file && (*file)->write_at(0, content) && (*file)->sync_data());
        ASSERT_TRUE(disk_.rename("tmp/" + name, "new/" + name) && disk_.sync_directory("new") &&
                    disk_.sync_directory("tmp"));
        mail_[name] = content;
    }

    /// Moves, flags or deletes a message that is not new to it, as an IMAP server might.
    void another_reader() {
        if (mail_.empty()) return;
        auto one = std::next(mail_.begin(), pick(static_cast<int>(mail_.size())));
        for (const auto& [path, octets] : disk_.image()) {
            if (path.ends_with('/') || path.find(one->first) == path.npos || path.starts_with("tmp/")) continue;
            if (pick(4) == 0) {
                ASSERT_TRUE(disk_.unlink(path) && disk_.sync_directory(path.substr(0, 3)));
                mail_.erase(one);
            } else {
                const auto flags = std::string(":2,") + (pick(2) ? "S" : "RS");
                ASSERT_TRUE(disk_.rename(path, "cur/" + one->first + flags));
                ASSERT_TRUE(disk_.sync_directory("cur") && disk_.sync_directory("new"));
            }
            return;
        }
    }

    void second_client() {
        Session second(disk_);
        EXPECT_TRUE(second.login().starts_with("-ERR [IN-USE]")) << second.login();
        EXPECT_FALSE(second.is_logged_in());
    }

    void start_session() {
        session_ = std::make_unique<Session>(disk_);
        ASSERT_TRUE(session_->is_logged_in()) << session_->login();
        marked_.clear();
        names_.clear();
        for (const auto& [name, content] : mail_) names_.push_back(name);
        const auto all = session_->say("UIDL");
        std::string want = "+OK they follow\r\n";
        for (std::size_t i = 0; i < names_.size(); ++i) want += std::to_string(i + 1) + " " + names_[i] + "\r\n";
        ASSERT_EQ(all, want + ".\r\n");
    }

    void command() {
        const auto number = pick(static_cast<int>(names_.size()) + 2);  // some that are not there
        const bool is_there = number >= 1 && number <= static_cast<int>(names_.size());
        const auto name = is_there ? names_[static_cast<std::size_t>(number - 1)] : "";
        const bool is_marked = marked_.contains(name);
        const auto argument = " " + std::to_string(number);
        switch (pick(8)) {
            case 0:
            case 1: retrieve(argument, name, is_there && !is_marked); break;
            case 2:
            case 3: {
                const bool is_done = session_->say("DELE" + argument).starts_with("+OK");
                EXPECT_TRUE(!is_done || (is_there && !is_marked));
                // Known to be gone already, it cannot be marked.
                if (is_there && !is_marked && mail_.contains(name)) EXPECT_TRUE(is_done);
                if (is_done) marked_.insert(name);
                break;
            }
            case 4:
                if (pick(3) != 0) break;
                session_->say("RSET");
                marked_.clear();
                break;
            case 5: session_->say("STAT"); break;
            case 6: session_->say("LIST"); break;
            default:
                EXPECT_EQ(session_->say("TOP" + argument + " 1").starts_with("+OK"),
                          is_there && !is_marked && mail_.contains(name));
        }
    }

    void retrieve(const std::string& argument, const std::string& name, bool may_be_there) {
        const auto answer = session_->say("RETR" + argument);
        if (!may_be_there || !mail_.contains(name)) {
            EXPECT_TRUE(answer.starts_with("-ERR")) << answer;
            return;
        }
        std::string want;
        pop3::MessageWriter writer;
        writer.write(mail_[name], want);
        writer.finish(want);
        EXPECT_EQ(answer, "+OK here it is\r\n" + want);
        ++retrieved;
    }

    void end_session() {
        switch (pick(4)) {
            case 0: session_.reset(); break;  // the client goes away
            case 1: die_in_update(); break;
            default:
                EXPECT_TRUE(session_->say("QUIT").starts_with("+OK"));
                for (const auto& name : marked_) deleted += mail_.erase(name);
                session_.reset();
                if (pick(2) == 0) disk_.lose_power();  // what was said to be deleted stays deleted
        }
    }

    void die_in_update() {
        disk_.faults().power_cut_at = disk_.calls() + 1 + static_cast<std::uint64_t>(pick(6));
        bool is_over = false;
        try {
            is_over = session_->say("QUIT").starts_with("+OK");
        } catch (const simulated_disk::PowerCut&) {
        }
        disk_.faults().power_cut_at.reset();
        session_.reset();
        if (pick(2))
            disk_.lose_power();
        else
            disk_.kill();
        const auto there = stems();
        for (const auto& name : marked_)
            if (is_over || !there.contains(name)) deleted += mail_.erase(name);
    }

    std::set<std::string> stems() const {
        std::set<std::string> found;
        for (const auto& [path, octets] : disk_.image())
            if (!path.ends_with('/') && (path.starts_with("new/") || path.starts_with("cur/")))
                EXPECT_TRUE(found.emplace(stem(std::string_view(path).substr(4))).second) << path;
        return found;
    }

    void check() {
        std::set<std::string> want;
        for (const auto& [name, content] : mail_) want.insert(name);
        EXPECT_EQ(stems(), want);
        start_session();  // and all of it can be read
        for (std::size_t i = 0; i < names_.size(); ++i) retrieve(" " + std::to_string(i + 1), names_[i], true);
        session_.reset();
    }

    std::mt19937 chance_;
    simulated_disk::SimulatedDisk disk_;
    std::unique_ptr<Session> session_;
    std::map<std::string, std::string> mail_;
    std::vector<std::string> names_;  // of this session, by number
    std::set<std::string> marked_;
    int deliveries_ = 0;
};

TEST(SessionModel, TenThousandSessionsLoseNothingAndDeleteNothingUnasked) {
    std::size_t retrieved = 0, deleted = 0;
    for (unsigned seed = 0; seed < 10'000 && !testing::Test::HasFailure(); ++seed) {
        SCOPED_TRACE(seed);
        World world(seed);
        world.run();
        retrieved += world.retrieved;
        deleted += world.deleted;
    }
    EXPECT_GT(retrieved, 10'000u);
    EXPECT_GT(deleted, 3'000u);
}

}  // namespace
}  // namespace maildrop
