#include "reports/database.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "aggregate/testing.h"

namespace reports {
namespace {

using accounts::Connection;

class ReportsTest : public testing::Test {
protected:
    ReportsTest() {
        std::string pattern = (std::filesystem::temp_directory_path() / "reports-XXXXXX").string();
        folder_ = ::mkdtemp(pattern.data());
        database_ = open();
    }
    ~ReportsTest() override { std::filesystem::remove_all(folder_); }

    std::unique_ptr<Database> open(Database::Limits limits = {}) const {
        auto opened =
            Database::open(database_file(folder_), Connection::Missing::IsCreated, std::chrono::seconds(5), limits);
        EXPECT_TRUE(opened) << (opened ? "" : accounts::to_text(opened.error()));
        return std::move(*opened);
    }
    static Observation seen(const std::string& domain, const std::string& source, std::uint64_t count = 1) {
        Observation observation{.published = aggregate::testing::example_report().published,
                                .destinations = {{"mailto:a@" + domain, 5120}, {"mailto:b@" + domain}},
                                .record = aggregate::testing::example_record()};
        observation.published.domain = domain;
        observation.record.source = *ip::parse_address(source);
        observation.record.count = count;
        return observation;
    }
    void add(std::int64_t day, std::initializer_list<Observation> all) {
        const auto added = database_->add(day, all);
        ASSERT_TRUE(added) << accounts::to_text(added.error());
    }
    void forget(std::int64_t day, std::int64_t came) {
        auto is_more = database_->forget(day, came);
        while (is_more && *is_more) is_more = database_->forget(day, came);
        ASSERT_TRUE(is_more) << accounts::to_text(is_more.error());
    }

    std::filesystem::path folder_;
    std::unique_ptr<Database> database_;
};

// RFC 9990 §3.1: a report for each policy domain, a row for each kind of mail.
TEST_F(ReportsTest, CountsEqualMailTogether) {
    add(100, {seen("a.example", "192.0.2.1"), seen("b.example", "192.0.2.1")});
    add(100, {seen("a.example", "192.0.2.1", 2), seen("a.example", "192.0.2.2")});
    add(101, {seen("a.example", "192.0.2.1")});
    database_ = open();
    const auto due = database_->due(101).value();
    ASSERT_EQ(due.size(), 2u);
    EXPECT_EQ(due[0].published, seen("a.example", "::").published);
    EXPECT_EQ(due[0].destinations, seen("a.example", "::").destinations);
    EXPECT_EQ(due[0].messages, 4u);
    EXPECT_EQ(due[0].day, 100);
    const auto records = database_->records(due[0].id).value();
    ASSERT_EQ(records.size(), 2u);
    EXPECT_EQ(records[0], seen("a.example", "192.0.2.1", 3).record);
    EXPECT_EQ(records[1], seen("a.example", "192.0.2.2").record);
    EXPECT_EQ(database_->collected().value().size(), 3u);
}

// RFC 9990 §3.3: of several policies the last one counts.
TEST_F(ReportsTest, KnowsTheLastPolicy) {
    add(100, {seen("a.example", "192.0.2.1")});
    auto changed = seen("a.example", "192.0.2.1");
    changed.published.policy = dmarc::Policy::Quarantine;
    changed.destinations.clear();
    add(100, {changed});
    const auto due = database_->due(101).value();
    ASSERT_EQ(due.size(), 1u);
    EXPECT_EQ(due[0].published.policy, dmarc::Policy::Quarantine);
    EXPECT_TRUE(due[0].destinations.empty());
    EXPECT_EQ(due[0].messages, 2u);
}

TEST_F(ReportsTest, NoDayIsSentTwice) {
    add(100, {seen("a.example", "192.0.2.1")});
    const auto id = database_->due(101).value().at(0).id;
    EXPECT_TRUE(database_->mark_sent(id, 8'700'000).value());
    EXPECT_FALSE(open()->mark_sent(id, 8'700'001).value());
    add(100, {seen("a.example", "192.0.2.1")});
    EXPECT_TRUE(database_->due(101).value().empty());
    EXPECT_EQ(database_->collected().value().at(0).sent, 8'700'000);
    EXPECT_EQ(database_->collected().value().at(0).messages, 1u) << "what comes after is not in it";
}

// Hostile: any number of domains and sources.
TEST_F(ReportsTest, WhatIsTooMuchIsLeftOut) {
    database_ = open({.domains_a_day = 2, .rows_a_domain = 2, .rows_a_day = 3});
    for (const auto* source : {"192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4", "192.0.2.1"})
        for (const auto* domain : {"a.example", "b.example", "c.example"}) add(100, {seen(domain, source, 10)});
    const auto due = database_->due(101).value();
    ASSERT_EQ(due.size(), 2u);
    EXPECT_EQ(due[0].messages, 30u);
    EXPECT_EQ(due[0].left_out, 20u);
    EXPECT_EQ(due[1].messages, 20u) << "the day is full";
    EXPECT_EQ(due[1].left_out, 30u);
    EXPECT_EQ(database_->records(due[0].id).value().size(), 2u);
}

aggregate::Report report(std::string id, std::string domain = "example.com") {
    auto made = aggregate::testing::example_report();
    made.id = std::move(id);
    made.published.domain = std::move(domain);
    return made;
}

// RFC 9990 §3.5.4
TEST_F(ReportsTest, KeepsReportsOfOthersOnce) {
    const Origin origin{.sender = "receiver.example", .is_proved = true};
    EXPECT_TRUE(database_->add(report("1"), origin, 1000).value());
    EXPECT_FALSE(database_->add(report("1"), origin, 1001).value());
    EXPECT_TRUE(database_->add(report("2"), {}, 1001).value());
    EXPECT_TRUE(database_->add(report("1", "b.example"), {}, 1001).value());
    database_ = open();
    const auto begin = report("1").begin, end = report("1").end;
    EXPECT_EQ(database_->domains(0).value(), (std::vector<DomainSummary>{{"b.example", 1, 124, 123, begin, end},
                                                                         {"example.com", 2, 248, 246, begin, end}}));
    EXPECT_TRUE(database_->domains(end + 1).value().empty());
    EXPECT_EQ(database_->days("example.com", 0).value(), (std::vector<DaySummary>{{begin / seconds_a_day, 248, 246}}));
    EXPECT_EQ(database_->sources("example.com", 0, 10).value(),
              (std::vector<SourceSummary>{{"192.0.2.123", 246, 246, 246, 0, 0, 0}, {"2001:db8::1", 2, 0, 0, 0, 2, 0}}));
    const auto received = database_->received("example.com", 0, 10).value();
    ASSERT_EQ(received.size(), 2u);
    EXPECT_EQ(received[0].report_id, "1");
    EXPECT_TRUE(received[0].origin.is_proved);
    EXPECT_EQ(received[0].messages, 124u);
}

TEST_F(ReportsTest, TheOldestReportsGiveWay) {
    database_ = open({.unproved_reports = 200});
    for (int i = 0; i < 300; ++i) ASSERT_TRUE(database_->add(report(std::to_string(i)), {}, i).value());
    EXPECT_EQ(database_->domains(0).value().at(0).reports, 200u);
    database_ = open({.unproved_rows = 100});
    ASSERT_TRUE(database_->add(report("x"), {}, 1000).value());
    EXPECT_LE(database_->domains(0).value().at(0).reports, 50u);
    forget(0, 1000);
    EXPECT_EQ(database_->domains(0).value().at(0).reports, 1u);
}

// Hostile: anybody can send as many as he likes.
TEST_F(ReportsTest, WhatNobodyProvedDisplacesNothingThatIsProved) {
    const Origin proved{.sender = "receiver.example", .is_proved = true};
    const auto ids = [&] {
        std::vector<std::string> all;
        for (const auto& one : database_->received("example.com", 0, 100).value()) all.push_back(one.report_id);
        std::ranges::sort(all);
        return all;
    };
    database_ = open({.reports = 2, .unproved_reports = 3});
    ASSERT_TRUE(database_->add(report("true 1"), proved, 1).value());
    ASSERT_TRUE(database_->add(report("true 2"), proved, 2).value());
    for (int i = 0; i < 10; ++i) ASSERT_TRUE(database_->add(report(std::to_string(i)), {}, 100 + i).value());
    EXPECT_EQ(ids(), (std::vector<std::string>{"7", "8", "9", "true 1", "true 2"}));
    ASSERT_TRUE(database_->add(report("true 3"), proved, 3).value());
    EXPECT_EQ(ids(), (std::vector<std::string>{"7", "8", "9", "true 2", "true 3"}));
    database_ = open({.unproved_rows = 5});
    const Origin forged{.sender = proved.sender};
    ASSERT_TRUE(database_->add(report("10"), forged, 200).value());
    EXPECT_EQ(ids(), (std::vector<std::string>{"10", "9", "true 2", "true 3"}));
    // Whoever foresees the number of a report does not keep it out.
    ASSERT_TRUE(database_->add(report("10"), proved, 201).value());
    EXPECT_FALSE(database_->add(report("10"), forged, 202).value());
    EXPECT_FALSE(database_->add(report("10"), proved, 203).value());
    ASSERT_EQ(ids(), (std::vector<std::string>{"10", "9", "true 2", "true 3"}));
    EXPECT_TRUE(database_->received("example.com", 0, 100).value().at(0).origin.is_proved);
}

// Hostile: anybody proves a domain of his own within minutes.
TEST_F(ReportsTest, WhoProvesHisOwnDomainDisplacesNobodyElses) {
    const Origin theirs{.sender = "receiver.example", .is_proved = true};
    const Origin his{.sender = "evil.example", .is_proved = true};
    const auto ids = [&](const std::string& sender) {
        std::vector<std::string> all;
        for (const auto& one : database_->received("example.com", 0, 100).value())
            if (one.origin.sender == sender) all.push_back(one.report_id);
        std::ranges::sort(all);
        return all;
    };
    database_ = open({.reports = 5, .reports_of_sender = 2});
    ASSERT_TRUE(database_->add(report("a"), his, 1).value());
    ASSERT_TRUE(database_->add(report("a"), theirs, 2).value()) << "he foresaw its number";
    ASSERT_TRUE(database_->add(report("b"), theirs, 3).value());
    for (int i = 0; i < 10; ++i) ASSERT_TRUE(database_->add(report(std::to_string(i)), his, 100 + i).value());
    EXPECT_EQ(ids(theirs.sender), (std::vector<std::string>{"a", "b"}));
    EXPECT_EQ(ids(his.sender), (std::vector<std::string>{"8", "9"}));
    database_ = open({.rows_of_sender = 3});
    ASSERT_TRUE(database_->add(report("10"), his, 200).value());
    ASSERT_TRUE(database_->add(report("11"), his, 201).value());
    EXPECT_EQ(ids(his.sender).size(), 3 / report("x").records.size());
    EXPECT_EQ(ids(theirs.sender).size(), 2u);
}

TEST_F(ReportsTest, TakesAndLeavesLongReportsInPieces) {
    database_ = open({.unproved_rows = 9, .rows_at_a_time = 3});
    auto longer = report("1");
    longer.records.assign(8, longer.records[0]);
    {
        Arrival arrival(*database_, longer, {}, 1);
        for (int i = 0; i < 2; ++i) ASSERT_TRUE(arrival.step().value());
        EXPECT_TRUE(database_->domains(0).value().empty()) << "not yet whole";
    }
    database_ = open({.unproved_rows = 9, .rows_at_a_time = 3});  // its rest never came
    ASSERT_TRUE(database_->add(longer, {}, 1).value());
    EXPECT_EQ(database_->domains(0).value().at(0).messages, 8 * longer.records[0].count);
    auto next = report("2");
    Arrival arrival(*database_, next, {}, 2);
    ASSERT_TRUE(arrival.step().value());
    EXPECT_TRUE(database_->domains(0).value().empty()) << "no longer whole";
    int steps = 1;
    while (arrival.step().value()) ++steps;
    EXPECT_GE(steps, 4);
    ASSERT_EQ(database_->received("example.com", 0, 9).value().size(), 1u);
    EXPECT_EQ(database_->received("example.com", 0, 9).value().at(0).report_id, "2");
}

TEST_F(ReportsTest, ForgetsOldDays) {
    for (const auto* source : {"192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4", "192.0.2.5"})
        add(100, {seen("a.example", source)});
    add(101, {seen("a.example", "192.0.2.1")});
    database_ = open({.rows_at_a_time = 2});
    forget(101, 0);
    EXPECT_EQ(database_->collected().value().size(), 1u);
}

// Hostile: counts that are no counts.
TEST_F(ReportsTest, SumsHaveRoom) {
    auto much = report("1");
    much.records.assign(100, much.records[0]);
    for (auto& record : much.records) record.count = UINT64_MAX;
    ASSERT_TRUE(database_->add(much, {}, 1));
    EXPECT_EQ(database_->domains(0).value().at(0).messages, 100'000'000'000'000u);
}

TEST_F(ReportsTest, RefusesAnotherProgramsFile) {
    std::ofstream(folder_ / "other.db") << "no database at all, but long enough to be looked at as one";
    const auto opened =
        Database::open((folder_ / "other.db").string(), Connection::Missing::Fails, std::chrono::seconds(1), {});
    EXPECT_FALSE(opened);
}

}  // namespace
}  // namespace reports
