// Who may ask directory what: each neighbour over a socket of its own, as the processes have them.
#include "directory/service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include "directory/testing/known_credentials.h"
#include "directory/testing/known_users.h"
#include "reader/inbox.h"

namespace directory {
namespace {

using Outcome = LoginStep::Outcome;
using process::Role;

Config configuration() {
    Config config;
    config.hostname = "mx.l.test";
    config.mail_directory = "/var/mail/hermod";
    config.domains["virtual.test"] = {.mailboxes = "/etc/list", .mailbox_list = "ann@virtual.test\nbob@virtual.test\n"};
    return config;
}

/// Another process at the end of its socket, and what it has heard.
template <typename Heard, typename Said>
struct Neighbour {
    Neighbour(boost::asio::io_context& context, Service& service, Role role, std::uint8_t index = 0) {
        int ends[2];
        EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends), 0);
        service.connect({.role = role, .index = index, .socket = file::Descriptor(ends[0])});
        link = std::make_unique<Link>(
            context, file::Descriptor(ends[1]),
            typename Link::Handlers{.on_message = [this](Heard message) { heard.push_back(std::move(message)); },
                                    .on_gone = [this](const std::string&) { is_cut_off = true; }});
    }

    using Link = ipc::Link<Heard, Said>;
    std::unique_ptr<Link> link;
    std::vector<Heard> heard;
    bool is_cut_off = false;
};

struct ServiceTest : ::testing::Test {
    using Asker = Neighbour<smtpd::FromDirectory, FromSmtpd>;
    using Reader = Neighbour<reader::FromDirectory, void>;

    ServiceTest() {
        service.use(std::make_unique<Resolver>(
            configuration(), Surroundings{.own_addresses = {}, .virtual_uid = 5000, .virtual_gid = 5000}, users));
    }

    void settle() {
        for (int turn = 0; turn < 100; ++turn) {
            context.poll();
            checkers.work();
        }
    }
    static BeginLogin plain(std::uint64_t ticket, std::string_view user = "ann@virtual.test",
                            std::string_view password = "pencil", Purpose purpose = Purpose::Pop3) {
        std::string response(1, '\0');
        response.append(user).append(1, '\0').append(password);
        return {.ticket = ticket,
                .mechanism = "PLAIN",
                .purpose = purpose,
                .client = "192.0.2.1",
                .is_encrypted = true,
                .initial = response};
    }
    /// The last thing the asker has heard.
    LoginStep step(Asker& asker) {
        settle();
        if (asker.heard.empty() || !std::holds_alternative<LoginStep>(asker.heard.back())) return {};
        return std::get<LoginStep>(asker.heard.back());
    }

    boost::asio::io_context context;
    const clocks::SystemClock clock;
    logs::Log log{clock, {}, {}, [] {}};
    testing::KnownUsers users;
    testing::SlowCheckers checkers;
    Logins logins{{.log = log,
                   .clock = clock,
                   .checkers = checkers,
                   .nonce = [] { return "nonce"; },
                   .after = [this](auto, auto then) { boost::asio::post(context, std::move(then)); },
                   .secret = "secret"},
                  "mx.l.test",
                  {},
                  4096};
    Allowance allowance{site::Submission{}};
    Inquiries inquiries;
    Service service{context, log, clock, logins, allowance, inquiries};
};

TEST_F(ServiceTest, TellsReaderWhoseMailboxAndPop3dTheKeyAlone) {
    Reader reader(context, service, Role::Reader);
    Asker pop3d(context, service, Role::Pop3d, 3);
    pop3d.link->send(plain(7));
    const auto said = step(pop3d);
    EXPECT_EQ(said.ticket, 7u);
    EXPECT_EQ(said.outcome, Outcome::Success);
    EXPECT_EQ(said.account, "ann@virtual.test");
    ASSERT_EQ(reader.heard.size(), 1u);
    const auto& grant = std::get<reader::Grant>(reader.heard[0]);
    EXPECT_EQ(grant.key, said.key);
    EXPECT_NE(grant.key, reader::Key{});
    EXPECT_EQ(grant.holder, 3);
    EXPECT_EQ(grant.account, "ann@virtual.test");
    EXPECT_EQ(grant.mailbox.uid, 5000u);
    EXPECT_EQ(grant.mailbox.home, "/var/mail/hermod/virtual.test/ann");
    pop3d.link->send(plain(8));
    EXPECT_NE(step(pop3d).key, grant.key) << "a key is good once";
}

// A new process counts its questions from 1, as the one did whose place it takes.
TEST_F(ServiceTest, NobodyHearsWhatHisPredecessorAsked) {
    for (const bool asks_too : {false, true}) {
        SCOPED_TRACE(asks_too);
        Asker first(context, service, Role::Smtpd);
        first.link->send(MaySend{.ticket = 1, .account = "eve", .stamp = 1, .addresses = {"eve@virtual.test"}});
        first.link->send(plain(2));
        for (int turn = 0; turn < 20; ++turn) context.poll();
        ASSERT_EQ(checkers.jobs.size(), 2u);
        Asker second(context, service, Role::Smtpd);
        if (asks_too)
            second.link->send(
                MaySend{.ticket = 1, .account = "ann@virtual.test", .stamp = 1, .addresses = {"ann@virtual.test"}});
        for (int turn = 0; turn < 20; ++turn) context.poll();
        settle();
        ASSERT_EQ(second.heard.size(), asks_too ? 1u : 0u);
        if (asks_too) EXPECT_EQ(std::get<SenderVerdict>(second.heard.front()).reply.code, 250);
        EXPECT_TRUE(first.heard.empty());
    }
}

TEST_F(ServiceTest, NobodyReadsWhoHasNotLoggedIn) {
    Reader reader(context, service, Role::Reader);
    Asker pop3d(context, service, Role::Pop3d);
    for (const auto& [user, password] :
         {std::pair("ann@virtual.test", "pen"), std::pair("eve@virtual.test", "pencil")}) {
        pop3d.link->send(plain(1, user, password));
        const auto said = step(pop3d);
        EXPECT_EQ(said.outcome, Outcome::Rejected) << user;
        EXPECT_EQ(said.key, reader::Key{});
    }
    EXPECT_TRUE(reader.heard.empty());
}

// The password is right, but there is nobody to open the mailbox, or no mailbox.
TEST_F(ServiceTest, WithoutAMailboxPop3IsForLater) {
    Asker pop3d(context, service, Role::Pop3d);
    pop3d.link->send(plain(1));
    auto said = step(pop3d);
    EXPECT_EQ(said.outcome, Outcome::Later);
    EXPECT_TRUE(said.account.empty());
    Reader reader(context, service, Role::Reader);
    checkers.credentials.passwords["gone@virtual.test"] = "pencil";
    pop3d.link->send(plain(2, "gone@virtual.test"));
    said = step(pop3d);
    EXPECT_EQ(said.outcome, Outcome::Later);
    EXPECT_EQ(said.key, reader::Key{});
    EXPECT_TRUE(reader.heard.empty());
}

// Hostile: mail for these goes to ann, but they are not she.
TEST_F(ServiceTest, NobodyReadsWhereHisMailWouldGo) {
    Reader reader(context, service, Role::Reader);
    Asker pop3d(context, service, Role::Pop3d);
    for (const std::string user : {"ann+printer@virtual.test", "postmaster@virtual.test"}) {
        checkers.credentials.passwords[user] = "pencil";
        pop3d.link->send(plain(1, user));
        EXPECT_EQ(step(pop3d).outcome, Outcome::Later) << user;
    }
    EXPECT_TRUE(reader.heard.empty());
}

TEST_F(ServiceTest, SmtpdGetsNoKey) {
    Reader reader(context, service, Role::Reader);
    Asker smtpd(context, service, Role::Smtpd);
    // Hostile: whatever it says that the client wants.
    for (const auto purpose : {Purpose::Submission, Purpose::Pop3}) {
        smtpd.link->send(plain(1, "ann@virtual.test", "pencil", purpose));
        const auto said = step(smtpd);
        EXPECT_EQ(said.outcome, Outcome::Success);
        EXPECT_EQ(said.account, "ann@virtual.test");
        EXPECT_EQ(said.key, reader::Key{});
        EXPECT_EQ(checkers.credentials.checked_for, Purpose::Submission);
    }
    EXPECT_TRUE(reader.heard.empty());
}

// Hostile: or a password that is for sending alone would open the mailbox.
TEST_F(ServiceTest, Pop3dChecksPasswordsForPop3Alone) {
    Asker pop3d(context, service, Role::Pop3d);
    pop3d.link->send(plain(1, "ann@virtual.test", "pencil", Purpose::Submission));
    settle();
    EXPECT_EQ(checkers.credentials.checked_for, Purpose::Pop3);
}

// Hostile: pop3d is broken into, and asks for what is none of its business.
TEST_F(ServiceTest, NothingIsLookedUpOrSentThroughPop3d) {
    Asker pop3d(context, service, Role::Pop3d);
    Asker smtpd(context, service, Role::Smtpd);
    for (auto* asker : {&pop3d, &smtpd}) {
        asker->link->send(LookUp{.ticket = 1, .address = "ann@virtual.test"});
        asker->link->send(
            MaySend{.ticket = 2, .account = "ann@virtual.test", .stamp = 1, .addresses = {"ann@virtual.test"}});
        settle();
    }
    EXPECT_TRUE(pop3d.heard.empty());
    ASSERT_EQ(smtpd.heard.size(), 2u) << "which may";
    EXPECT_EQ(std::get<Resolved>(smtpd.heard[0]).reply.code, 250);
    EXPECT_EQ(std::get<SenderVerdict>(smtpd.heard[1]).reply.code, 250);
    EXPECT_FALSE(pop3d.is_cut_off);
}

// Hostile: the same from those to whom nobody logs in.
TEST_F(ServiceTest, NobodyLogsInElsewhere) {
    for (const auto role : {Role::Pickup, Role::Qmgr}) {
        Asker asker(context, service, role);
        asker.link->send(plain(1));
        asker.link->send(LookUp{.ticket = 2, .address = "ann@virtual.test"});
        settle();
        ASSERT_EQ(asker.heard.size(), 1u) << process::name(role);
        EXPECT_EQ(std::get<Resolved>(asker.heard[0]).ticket, 2u);
    }
    EXPECT_EQ(checkers.credentials.checks, 0);
}

TEST_F(ServiceTest, AReaderThatSpeaksIsCutOff) {
    Reader reader(context, service, Role::Reader);
    Neighbour<reader::FromDirectory, FromSmtpd> talkative(context, service, Role::Reader);
    talkative.link->send(LookUp{.ticket = 1, .address = "ann@virtual.test"});
    settle();
    EXPECT_TRUE(talkative.is_cut_off);
    EXPECT_TRUE(reader.is_cut_off) << "its predecessor";
}

// An answer that was on its way when pop3d died is nobody else's.
TEST_F(ServiceTest, ASuccessorHearsNothingOfItsPredecessorsClients) {
    Reader reader(context, service, Role::Reader);
    auto pop3d = std::make_unique<Asker>(context, service, Role::Pop3d);
    pop3d->link->send(plain(1));
    for (int turn = 0; turn < 100; ++turn) context.poll();
    ASSERT_EQ(checkers.jobs.size(), 1u);
    Asker successor(context, service, Role::Pop3d);
    pop3d.reset();
    settle();
    EXPECT_TRUE(successor.heard.empty());
    EXPECT_TRUE(reader.heard.empty());
}

// Doors hear who has been banned, those that open later too; nobody else does.
TEST_F(ServiceTest, DoorsHearWhoIsBanned) {
    service.use(site::Bans{.unknown_recipients = 2, .early_talk = 1});
    Asker door(context, service, Role::Smtpd, 0);
    Asker pickup(context, service, Role::Pickup);
    Asker pop3d(context, service, Role::Pop3d);
    const auto guess = [&](Asker& asker, std::string_view client) {
        asker.link->send(LookUp{.ticket = 1,
                                .address = "nobody@virtual.test",
                                .reverse_path = "a@s.test",
                                .stranger = client.empty() ? std::nullopt : ip::parse_address(client)});
        settle();
    };
    for (int i = 0; i < 3; ++i) guess(door, "");
    guess(door, "192.0.2.1");
    EXPECT_THAT(door.heard, ::testing::Each(::testing::VariantWith<Resolved>(::testing::_))) << "not yet";
    guess(door, "192.0.2.1");
    const auto is_about = [&](const auto& heard, bool anew) {
        const auto* told = std::get_if<smtpd::Bars>(&heard);
        return told && told->anew == anew && told->bars.size() == 1 && told->bars[0].network == "192.0.2.1/32" &&
               told->bars[0].seconds > 590 && told->bars[0].seconds <= 600;
    };
    EXPECT_EQ(std::ranges::count_if(door.heard, [&](const auto& heard) { return is_about(heard, false); }), 1);
    Asker other(context, service, Role::Smtpd, 1);
    settle();
    ASSERT_EQ(other.heard.size(), 1U);
    EXPECT_TRUE(is_about(other.heard[0], true));

    // Hostile: whoever is not a door cannot have anybody banned.
    pickup.link->send(TalkedEarly{*ip::parse_address("192.0.2.7")});
    pop3d.link->send(TalkedEarly{*ip::parse_address("192.0.2.7")});
    settle();
    EXPECT_EQ(other.heard.size(), 1U);
    EXPECT_TRUE(pickup.heard.empty());
    other.link->send(TalkedEarly{*ip::parse_address("192.0.2.7")});
    settle();
    EXPECT_EQ(other.heard.size(), 2U);
}

/// Accounts of outside.test are somewhere else, and are told when the test says so.
struct WithASource : ServiceTest {
    WithASource() {
        auto config = configuration();
        config.domains["outside.test"] = {.users = false};
        service.use(std::make_unique<Resolver>(
            config, Surroundings{.own_addresses = {}, .virtual_uid = 5000, .virtual_gid = 5000, .records = &kept},
            users));
        inquiries.add(kept, [this](const Question& question, const Inquiries::Tell& tell) {
            asked.emplace_back(question, tell);
            return true;
        });
    }
    /// ann@outside.test is all there is.
    void answer(bool is_down = false) {
        settle();
        for (auto& [question, tell] : std::exchange(asked, {})) {
            const bool is_ann = question.name == "ann@outside.test";
            if (is_down)
                tell(std::nullopt);
            else
                tell(Known(is_ann ? std::optional(accounts::Account{.address = question.name}) : std::nullopt));
        }
        settle();
    }
    KeptAccounts kept{{.domains = {"outside.test"}}, clock};
    std::vector<std::pair<Question, Inquiries::Tell>> asked;
};

TEST_F(WithASource, QuestionsWaitForItAndOthersDoNot) {
    Asker smtpd(context, service, Role::Smtpd);
    for (const auto* address : {"ann@outside.test", "bob@outside.test", "ann@virtual.test", "bo@virtual.test"})
        smtpd.link->send(LookUp{.ticket = 1, .address = address});
    settle();
    ASSERT_EQ(smtpd.heard.size(), 2u) << "those of others";
    answer();
    ASSERT_EQ(smtpd.heard.size(), 4u);
    EXPECT_EQ(std::get<Resolved>(smtpd.heard[2]).reply.code, 250);
    EXPECT_EQ(std::get<Resolved>(smtpd.heard[3]).reply.code, 550);
    smtpd.link->send(LookUp{.ticket = 1, .address = "eve@outside.test"});
    answer(/*is_down=*/true);
    EXPECT_EQ(std::get<Resolved>(smtpd.heard[4]).reply.code, 451);
}

TEST_F(WithASource, MailboxesAreFoundLater) {
    Neighbour<deliver::FromDirectory, FromDeliver> first(context, service, Role::Deliver);
    first.link->send(FindMailbox{.ticket = 1, .address = "ann@outside.test"});
    settle();
    Neighbour<deliver::FromDirectory, FromDeliver> second(context, service, Role::Deliver);
    second.link->send(FindMailbox{.ticket = 1, .address = "bob@outside.test"});
    answer(/*is_down=*/true);
    EXPECT_TRUE(first.heard.empty());
    ASSERT_EQ(second.heard.size(), 1u) << "its own question was answered alone";
    EXPECT_EQ(std::get<Mailbox>(second.heard[0]).found, Found::Unavailable);
    second.link->send(FindMailbox{.ticket = 2, .address = "ann@outside.test"});
    answer();
    EXPECT_EQ(std::get<Mailbox>(second.heard.back()).home, "/var/mail/hermod/outside.test/ann");
}

TEST_F(WithASource, WhoHasLoggedInSendsAndReadsWhenItHasAnswered) {
    checkers.credentials.passwords["ann@outside.test"] = "pencil";
    Asker smtpd(context, service, Role::Smtpd);
    smtpd.link->send(
        MaySend{.ticket = 1, .account = "ann@outside.test", .stamp = 1, .addresses = {"ann@outside.test"}});
    settle();
    EXPECT_TRUE(smtpd.heard.empty());
    answer(/*is_down=*/true);
    EXPECT_EQ(std::get<SenderVerdict>(smtpd.heard.back()).reply.code, 451);
    Reader reader(context, service, Role::Reader);
    Asker pop3d(context, service, Role::Pop3d);
    pop3d.link->send(plain(7, "ann@outside.test"));
    settle();
    EXPECT_TRUE(pop3d.heard.empty());
    answer();
    EXPECT_EQ(step(pop3d).outcome, Outcome::Success);
    EXPECT_EQ(reader.heard.size(), 1u);
    smtpd.link->send(
        MaySend{.ticket = 2, .account = "ann@outside.test", .stamp = 1, .addresses = {"ann@outside.test"}});
    settle();
    EXPECT_EQ(std::get<SenderVerdict>(smtpd.heard.back()).reply.code, 250);
}

}  // namespace
}  // namespace directory
