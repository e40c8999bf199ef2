#include "admind/desk.h"

#include <gtest/gtest.h>

namespace {

using admind::ClientId;

struct Fixture : testing::Test {
    admind::Desk desk{
        {.to_qmgr =
             [this](const qmgr::FromAdmind& request) {
                 if (has_qmgr) asked.push_back(request);
                 return has_qmgr;
             },
         .to_directory =
             [this](const directory::FromAdmind& request) {
                 if (has_directory) asked_of_directory.push_back(request);
                 return has_directory;
             },
         .to_acmed =
             [this](const acmed::FromAdmind& order) {
                 if (has_acmed) ordered.push_back(std::get<acmed::Order>(order));
                 return has_acmed;
             },
         .to_client = [this](ClientId client, admind::ToClient m) { told.emplace_back(client, std::move(m)); },
         .reload = [this](std::uint64_t ticket) { reloads.push_back(ticket); },
         .stop = [this](std::uint64_t ticket) { stops.push_back(ticket); }}};
    bool has_qmgr = true, has_acmed = true, has_directory = true;
    std::vector<acmed::Order> ordered;
    std::vector<directory::FromAdmind> asked_of_directory;
    std::vector<qmgr::FromAdmind> asked;
    std::vector<std::pair<ClientId, admind::ToClient>> told;
    std::vector<std::uint64_t> reloads, stops;

    template <typename M>
    const M& told_to(std::size_t which, ClientId client) {
        EXPECT_LT(which, told.size());
        EXPECT_EQ(told[which].first, client);
        return std::get<M>(told[which].second);
    }
};
using Desk = Fixture;

}  // namespace

TEST_F(Desk, AnswersGoBackToWhoAskedUnderHisTicket) {
    desk.take(1, qmgr::List{.ticket = 7});
    desk.take(2, qmgr::List{.ticket = 7});
    ASSERT_EQ(asked.size(), 2u);
    const auto first = std::get<qmgr::List>(asked[0]).ticket, second = std::get<qmgr::List>(asked[1]).ticket;
    EXPECT_NE(first, second);
    desk.take(admind::Listed{.ticket = second, .messages = {{.id = 22}}});
    desk.take(admind::Listed{.ticket = first, .messages = {{.id = 11}}});
    EXPECT_EQ(told_to<admind::Listed>(0, 2), (admind::Listed{.ticket = 7, .messages = {{.id = 22}}}));
    EXPECT_EQ(told_to<admind::Listed>(1, 1), (admind::Listed{.ticket = 7, .messages = {{.id = 11}}}));
    desk.take(admind::Listed{.ticket = first});  // a second answer has no asker
    desk.take(admind::Acted{.ticket = 99});
    EXPECT_EQ(told.size(), 2u);
}

TEST_F(Desk, StatusIsTheProcessesAndTheTotals) {
    desk.take(process::ProcessLine{.role = process::Role::Smtpd, .index = 1, .pid = 20, .missing_fences = 3});
    desk.take(process::ProcessLine{.role = process::Role::Qmgr, .pid = 10, .restarts = 1});
    desk.take(process::ProcessLine{.role = process::Role::Qmgr, .pid = 11, .restarts = 2});
    desk.take(1, admind::Command{.ticket = 5, .order = admind::Order::Status});
    const auto ticket = std::get<qmgr::Count>(asked.at(0)).ticket;
    desk.take(admind::Totals{.ticket = ticket, .messages = 3});
    const auto& status = told_to<admind::Status>(0, 1);
    EXPECT_EQ(status.ticket, 5u);
    EXPECT_EQ(status.totals.messages, 3u);
    ASSERT_EQ(status.processes.size(), 2u);
    EXPECT_EQ(status.processes[0].role, "qmgr");
    EXPECT_EQ(status.processes[0].pid, 11);
    EXPECT_EQ(status.processes[1].missing_fences, (std::vector<std::string>{"own user", "empty root"}));
}

TEST_F(Desk, ATotalThatWasAskedForIsNoStatus) {
    desk.take(1, qmgr::Count{.ticket = 5});
    desk.take(admind::Totals{.ticket = std::get<qmgr::Count>(asked.at(0)).ticket, .held = 1});
    EXPECT_EQ(told_to<admind::Totals>(0, 1).held, 1u);
}

TEST_F(Desk, EveryRequestIsAnsweredWhenQmgrDies) {
    desk.take(1, qmgr::Act{.ticket = 1});
    desk.take(1, admind::Command{.ticket = 2, .order = admind::Order::Status});
    desk.take(1, admind::Command{.ticket = 3, .order = admind::Order::Reload});
    desk.qmgr_is_lost();
    EXPECT_EQ(told.size(), 2u);  // the reload is master's
    has_qmgr = false;
    told.clear();
    desk.take(2, qmgr::Fetch{.ticket = 4});
    EXPECT_FALSE(told_to<admind::Answer>(0, 2).done);
    desk.take(2, admind::Command{.ticket = 5, .order = admind::Order::Status});
    EXPECT_EQ(told_to<admind::Status>(1, 2).ticket, 5u);
    desk.take_answer(reloads.at(0), false, "hermod.toml:1:1: no");
    EXPECT_EQ(told_to<admind::Answer>(2, 1), (admind::Answer{3, false, "hermod.toml:1:1: no"}));
}

// Else a pause would end when qmgr dies, or when admind does and qmgr after it.
TEST_F(Desk, APauseOutlivesQmgrAndAdmind) {
    desk.qmgr_is_there();
    ASSERT_TRUE(std::holds_alternative<qmgr::Count>(asked.at(0)))
        << "what is paused, by an order of who was here before";
    desk.take(admind::Totals{.ticket = 0, .remote_is_paused = true});
    EXPECT_TRUE(told.empty());
    desk.qmgr_is_there();
    EXPECT_EQ(std::get<qmgr::Pause>(asked.at(1)), (qmgr::Pause{.traffic = qmgr::Traffic::Remote}));
    desk.take(1, qmgr::Pause{.ticket = 3, .traffic = qmgr::Traffic::Local});
    const auto ticket = std::get<qmgr::Pause>(asked.at(2)).ticket;
    desk.take(admind::Totals{.ticket = ticket, .local_is_paused = true, .remote_is_paused = true});
    EXPECT_EQ(told_to<admind::Totals>(0, 1).ticket, 3u);
    desk.qmgr_is_there();
    EXPECT_EQ(std::get<qmgr::Pause>(asked.at(3)), (qmgr::Pause{.traffic = qmgr::Traffic::All}));
    has_qmgr = false;
    desk.take(1, admind::Command{.ticket = 4, .order = admind::Order::Status});
    EXPECT_TRUE(told_to<admind::Status>(1, 1).totals.local_is_paused);
}

TEST_F(Desk, WhoIsGoneHearsNothing) {
    desk.take(1, qmgr::Count{.ticket = 1});
    desk.take(1, admind::Command{.ticket = 2, .order = admind::Order::Stop});
    desk.forget(1);
    desk.take(admind::Totals{.ticket = std::get<qmgr::Count>(asked.at(0)).ticket});
    desk.take_answer(stops.at(0), true, "stopping");
    EXPECT_TRUE(told.empty());
}

TEST_F(Desk, OrdersAboutCertificatesGoToAcmed) {
    desk.take(1, acmed::Order{.ticket = 7, .verb = acmed::Verb::Renew});
    desk.take(2, acmed::Order{.ticket = 7, .verb = acmed::Verb::Status});
    ASSERT_EQ(ordered.size(), 2u);
    EXPECT_EQ(ordered[0].verb, acmed::Verb::Renew);
    desk.qmgr_is_lost();
    EXPECT_TRUE(told.empty()) << "that is none of qmgr's business";
    desk.take(admind::FromAcmed(admind::CertificateState{.ticket = ordered[1].ticket, .directory = "https://a/"}));
    desk.take(admind::FromAcmed(admind::CertificateState{.ticket = ordered[1].ticket}));  // again: nobody waits
    ASSERT_EQ(told.size(), 1u);
    EXPECT_EQ(told_to<admind::CertificateState>(0, 2).ticket, 7u);
    desk.take(admind::FromAcmed(admind::Answer{ordered[0].ticket, true, "issued"}));
    EXPECT_EQ(told_to<admind::Answer>(1, 1).text, "issued");
}

// Hostile: acmed answers what it was not asked.
TEST_F(Desk, AcmedCannotAnswerForQmgr) {
    desk.take(1, qmgr::List{.ticket = 7});
    desk.take(admind::FromAcmed(admind::Answer{std::get<qmgr::List>(asked[0]).ticket, true, "all is well"}));
    EXPECT_TRUE(told.empty());
}

TEST_F(Desk, WithoutAcmedItIsSaid) {
    has_acmed = false;
    desk.take(1, acmed::Order{.ticket = 7});
    EXPECT_FALSE(told_to<admind::Answer>(0, 1).done);
    EXPECT_EQ(told_to<admind::Answer>(0, 1).ticket, 7u);
    has_acmed = true;
    desk.take(1, acmed::Order{.ticket = 8});
    desk.acmed_is_lost();
    EXPECT_EQ(told_to<admind::Answer>(1, 1).ticket, 8u);
}

TEST_F(Desk, BansAreDirectorysToSay) {
    desk.take(1, directory::ListBans{.ticket = 7});
    desk.take(2, directory::LiftBans{.ticket = 8, .network = "192.0.2.1/32"});
    EXPECT_TRUE(asked.empty());
    ASSERT_EQ(asked_of_directory.size(), 2u);
    const auto list = std::get<directory::ListBans>(asked_of_directory[0]).ticket;
    const auto lift = std::get<directory::LiftBans>(asked_of_directory[1]).ticket;
    desk.take(admind::Lifted{.ticket = lift, .bans = 1});
    desk.take(admind::Bans{.ticket = list, .bans = {{.network = "192.0.2.1/32", .seconds = 5}}});
    EXPECT_EQ(told_to<admind::Lifted>(0, 2), (admind::Lifted{.ticket = 8, .bans = 1}));
    EXPECT_EQ(told_to<admind::Bans>(1, 1).ticket, 7u);
    desk.take(1, directory::ListBans{.ticket = 9});
    desk.take(1, qmgr::List{.ticket = 10});
    desk.directory_is_lost();
    EXPECT_EQ(told_to<admind::Answer>(2, 1).ticket, 9u) << "and nothing that was asked of qmgr";
    has_directory = false;
    desk.take(1, directory::ListBans{.ticket = 11});
    EXPECT_EQ(told_to<admind::Answer>(3, 1).ticket, 11u);
}
