#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "listbook/database.h"
#include "listbook/names.h"

namespace listbook {
namespace {

using accounts::Connection;
using lists::Wish;

constexpr std::int64_t day = 86'400;

class ListBookTest : public testing::Test {
protected:
    ListBookTest() {
        std::string pattern = (std::filesystem::temp_directory_path() / "listbook-XXXXXX").string();
        folder_ = ::mkdtemp(pattern.data());
        database_ = open();
        lists::List list;
        list.name = "dev";
        list.domain = "l.example";
        list.secret = "secret";
        list.description = "Déveloped\n";
        id_ = database_->add(list, 100).value();
    }
    ~ListBookTest() override { std::filesystem::remove_all(folder_); }

    std::unique_ptr<Database> open() const {
        auto opened = Database::open(database_file(folder_), Connection::Missing::IsCreated, std::chrono::seconds(5));
        EXPECT_TRUE(opened) << (opened ? "" : accounts::to_text(opened.error()));
        return std::move(*opened);
    }

    std::filesystem::path folder_;
    std::unique_ptr<Database> database_;
    std::int64_t id_ = 0;
};

TEST_F(ListBookTest, KeepsLists) {
    auto found = database_->find("dev", "l.example").value();
    ASSERT_TRUE(found);
    EXPECT_EQ(found->list.description, "Déveloped\n");
    EXPECT_EQ(found->list.posting, lists::Posting::Members);
    found->list.posting = lists::Posting::Nobody;
    found->list.unsubscribe_url = "https://l.example/{token}";
    EXPECT_EQ(found->list.rewrite_from, lists::RewriteFrom::WhenNeeded);
    found->list.subject_prefix = "[d\xc3\xa9v]";
    found->list.footer = "-- \nthe list\n";
    found->list.rewrite_from = lists::RewriteFrom::Never;
    ASSERT_TRUE(database_->change(*found));
    EXPECT_EQ(open()->find("dev", "l.example").value()->list, found->list);
    EXPECT_EQ(database_->add(found->list, 100).error().code, Error::Code::Exists);
    EXPECT_FALSE(database_->find("dev", "m.example").value());
    ASSERT_TRUE(database_->add_member(id_, "a@b", 1));
    ASSERT_TRUE(database_->remove(id_));
    EXPECT_TRUE(database_->all().value().empty());
    EXPECT_EQ(database_->count_members(id_).value(), 0);
}

TEST_F(ListBookTest, KeepsMembersOnceAndInOrder) {
    EXPECT_TRUE(database_->add_member(id_, "Ann@A.example", 5).value());
    EXPECT_FALSE(database_->add_member(id_, "ann@a.example", 6).value());
    EXPECT_TRUE(database_->add_member(id_, "bob'); DROP TABLE member; --@b.example", 7).value());
    const auto ann = database_->member(id_, "ANN@a.example").value();
    ASSERT_TRUE(ann);
    EXPECT_EQ(ann->address, "Ann@A.example");
    EXPECT_EQ(database_->member(id_, ann->id).value(), ann);
    EXPECT_FALSE(database_->member(id_ + 1, ann->id).value()) << "of another list";
    const auto last = database_->last_member(id_).value();
    EXPECT_EQ(database_->members(id_, 0, last, 10).value().size(), 2u);
    EXPECT_EQ(database_->members(id_, ann->id, last, 10).value().size(), 1u);
    EXPECT_TRUE(database_->members(id_, last, last, 10).value().empty());
    const lists::Health health{lists::Health::State::Warned, 10, 9, 3};
    ASSERT_TRUE(database_->set_health(ann->id, health));
    EXPECT_EQ(database_->member(id_, ann->id).value()->health, health);
    EXPECT_TRUE(database_->remove_member(id_, "ann@a.example").value());
    EXPECT_FALSE(database_->remove_member(id_, "ann@a.example").value());
    EXPECT_TRUE(database_->add_member(id_, "ann@a.example", 8).value());
    EXPECT_GT(database_->member(id_, "ann@a.example").value()->id, last) << "a number is one member's, for ever";
}

// Hostile: somebody asks in another's name, again and again.
TEST_F(ListBookTest, AsksForConfirmationOnceADay) {
    const auto first = database_->add_request(id_, Wish::Subscribe, "a@b", 1000 * day).value();
    ASSERT_TRUE(first);
    EXPECT_FALSE(database_->add_request(id_, Wish::Subscribe, "A@B", 1000 * day + 5).value());
    EXPECT_TRUE(database_->add_request(id_, Wish::Unsubscribe, "a@b", 1000 * day + 5).value());
    EXPECT_EQ(database_->request(id_, *first).value()->address, "a@b");
    EXPECT_FALSE(database_->request(id_ + 1, *first).value());
    const auto second = database_->add_request(id_, Wish::Subscribe, "a@b", 1001 * day).value();
    ASSERT_TRUE(second);
    EXPECT_FALSE(database_->request(id_, *first).value());
    ASSERT_TRUE(database_->forget(1010 * day));
    EXPECT_FALSE(database_->request(id_, *second).value());
}

// Hostile: a flood in other people's names keeps nobody from joining; what nobody answered longest goes.
TEST_F(ListBookTest, HoldsABoundedNumberOfRequests) {
    ASSERT_TRUE(database_->begin());
    std::vector<std::int64_t> ids;
    for (std::int64_t i = 0; i < Database::most_requests + 10; ++i)
        ids.push_back(database_->add_request(id_, Wish::Subscribe, std::to_string(i) + "@b", i * 60).value().value());
    EXPECT_FALSE(database_->request(id_, ids.at(0)).value());
    EXPECT_FALSE(database_->request(id_, ids.at(9)).value());
    EXPECT_EQ(database_->request(id_, ids.at(10)).value()->address, "10@b");
    EXPECT_EQ(database_->request(id_, ids.back()).value()->address, std::to_string(ids.size() - 1) + "@b");
    ASSERT_TRUE(database_->commit());
}

// Hostile: each forged request sends a letter to somebody who knows nothing of it.
TEST_F(ListBookTest, AsksSoManyPeopleInAnHour) {
    ASSERT_TRUE(database_->begin());
    for (std::int64_t i = 0; i < Database::most_requests_an_hour; ++i)
        ASSERT_TRUE(database_->add_request(id_, Wish::Subscribe, std::to_string(i) + "@b", 1000 * day).value());
    EXPECT_FALSE(database_->add_request(id_, Wish::Subscribe, "late@b", 1000 * day + 3'599).value());
    EXPECT_TRUE(database_->add_request(id_, Wish::Subscribe, "late@b", 1000 * day + 3'600).value());
    ASSERT_TRUE(database_->commit());
}

// Hostile: help is asked for in somebody's name.
TEST_F(ListBookTest, HelpsOnceADay) {
    EXPECT_TRUE(database_->may_send_help(id_, "a@b", 1000 * day).value());
    EXPECT_FALSE(database_->may_send_help(id_, "A@B", 1000 * day + 5).value());
    EXPECT_TRUE(database_->may_send_help(id_, "c@b", 1000 * day + 5).value());
    EXPECT_TRUE(database_->may_send_help(id_, "a@b", 1001 * day).value());
    EXPECT_FALSE(database_->may_send_help(id_, "a@b", 1001 * day + 5).value());
    ASSERT_TRUE(database_->forget_help(id_, "a@b"));
    EXPECT_TRUE(database_->may_send_help(id_, "a@b", 1001 * day + 6).value());
    ASSERT_TRUE(database_->begin());
    for (std::int64_t i = 0; i < Database::most_helped; ++i)
        ASSERT_TRUE(database_->may_send_help(id_, std::to_string(i) + "@d", 1001 * day + 7).value());
    EXPECT_TRUE(database_->may_send_help(id_, "a@b", 1001 * day + 8).value()) << "it was the oldest";
    ASSERT_TRUE(database_->commit());
}

TEST_F(ListBookTest, KnowsHowFarAPostingHasCome) {
    Posting posting;
    posting.state = Posting::State::Held;
    posting.sender = "a@b";
    posting.message = std::string("Subject: x\n\n\0\xff\n", 14);
    const auto added = database_->add_posting(id_, "key", posting, 1000 * day).value();
    EXPECT_EQ(database_->add_posting(id_, "key", posting, 1000 * day).error().code, Error::Code::Exists);
    EXPECT_EQ(database_->count_held(id_).value(), 1);
    EXPECT_EQ(open()->posting(id_, "key").value()->message, posting.message);
    ASSERT_TRUE(database_->set_state(added.id, Posting::State::Sending, 17));
    ASSERT_TRUE(database_->set_progress(added.id, 5));
    const auto read = open()->posting(id_, added.id).value();
    EXPECT_EQ(read->state, Posting::State::Sending);
    EXPECT_EQ(read->progress, 5);
    EXPECT_EQ(read->last, 17);
    ASSERT_TRUE(database_->finish(added.id));
    EXPECT_EQ(database_->posting(id_, "key").value()->state, Posting::State::Done);
    EXPECT_EQ(database_->posting(id_, "key").value()->message, "");
    ASSERT_TRUE(database_->forget(1030 * day));
    EXPECT_TRUE(database_->posting(id_, "key").value()) << "its mail may still be in the queue";
    ASSERT_TRUE(database_->forget(1061 * day));
    EXPECT_FALSE(database_->posting(id_, "key").value());
}

TEST_F(ListBookTest, RefusesOtherDatabases) {
    const auto other = folder_ / "other.sqlite";
    {
        auto connection = Connection::open(other, Connection::Missing::IsCreated, std::chrono::seconds(1));
        ASSERT_TRUE(connection->run("CREATE TABLE x (y); PRAGMA user_version = 3"));
    }
    EXPECT_FALSE(Database::open(other, Connection::Missing::Fails, std::chrono::seconds(1)));
    std::ofstream(folder_ / "rubbish") << std::string(5000, 'x');
    EXPECT_FALSE(Database::open(folder_ / "rubbish", Connection::Missing::Fails, std::chrono::seconds(1)));
    EXPECT_FALSE(Database::open(folder_ / "absent", Connection::Missing::Fails, std::chrono::seconds(1)));
}

TEST_F(ListBookTest, PublishesNames) {
    const auto path = folder_ / "names";
    Names names(folder_);
    EXPECT_FALSE(names.has("dev", "l.example").value());
    ASSERT_TRUE(write_names(folder_, {"dev@l.example", "talk@l.example"}));
    EXPECT_TRUE(names.has("dev", "l.example").value());
    EXPECT_TRUE(names.has("dev-request", "l.example").value());
    EXPECT_TRUE(names.has("dev-bounces+a=b", "l.example").value());
    EXPECT_FALSE(names.has("dev-talk", "l.example").value());
    EXPECT_FALSE(names.has("dev", "m.example").value());
    ASSERT_TRUE(write_names(folder_, {"talk@l.example"}));
    EXPECT_FALSE(names.has("dev", "l.example").value());
    std::filesystem::remove(path);
    EXPECT_FALSE(names.has("talk", "l.example").value());
    std::filesystem::create_symlink("/etc/passwd", path);
    EXPECT_FALSE(names.has("talk", "l.example").has_value()) << "a link is not ours";
}

}  // namespace
}  // namespace listbook
