#include "accounts/database.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <random>

#include "accounts/schema.h"
#include "accounts/testing/folder.h"

namespace accounts {
namespace {

using addressing::Target;

std::vector<Target> to(std::initializer_list<const char*> texts) {
    std::vector<Target> targets;
    for (const auto* text : texts) targets.push_back(*addressing::parse_target(text));
    return targets;
}

TEST(Database, KeepsWhatItIsTold) {
    const testing::Folder folder;
    const Domain domain{
        .name = "v.example", .same_as = "", .catch_all = "all@v.example", .delimiters = "+-", .created = 5};
    const Account account{.address = "ann@v.example", .quota = 1ULL << 40, .is_disabled = true, .created = 6};
    const Alias alias{
        .name = "info@v.example", .targets = to({"z@far.example", "\\ann@v.example", "bob"}), .created = 7};
    const Alias bare{.name = "team", .targets = to({"bob"}), .created = 8};
    {
        const auto database = folder.open();
        ASSERT_TRUE(database->begin());
        ASSERT_TRUE(database->add(domain));
        ASSERT_TRUE(database->add(account));
        ASSERT_TRUE(database->add(alias));
        ASSERT_TRUE(database->add(bare));
        ASSERT_TRUE(database->commit());
    }
    const auto database = folder.open();
    EXPECT_EQ(*database->domain("v.example"), domain);
    EXPECT_EQ(*database->account("ann@v.example"), account);
    EXPECT_EQ(*database->alias("info@v.example"), alias);
    EXPECT_EQ(*database->alias("team"), bare);
    for (const auto* name : {"", "ann", "ANN@v.example", "ann@", "@v.example", "ann@v.example@v.example"}) {
        EXPECT_EQ(*database->account(name), std::nullopt) << name;
        EXPECT_EQ(*database->alias(name), std::nullopt) << name;
    }
    EXPECT_EQ(*database->count_at("v.example"), 2);
}

TEST(Database, RefusesTheSameNameTwice) {
    const testing::Folder folder;
    const auto database = folder.open();
    ASSERT_TRUE(database->add(Domain{.name = "v.example"}));
    ASSERT_TRUE(database->add(Account{.address = "ann@v.example"}));
    ASSERT_TRUE(database->add(Alias{.name = "x", .targets = to({"ann"})}));
    EXPECT_EQ(database->add(Domain{.name = "v.example"}).error().code, Error::Code::Exists);
    EXPECT_EQ(database->add(Account{.address = "ann@v.example"}).error().code, Error::Code::Exists);
    EXPECT_EQ(database->add(Alias{.name = "x", .targets = to({"bob"})}).error().code, Error::Code::Exists);
    EXPECT_EQ((*database->alias("x"))->targets, to({"ann"}));
}

TEST(Database, ChangesAndRemoves) {
    const testing::Folder folder;
    const auto database = folder.open();
    ASSERT_TRUE(database->add(Account{.address = "ann@v.example"}));
    ASSERT_TRUE(database->add(Alias{.name = "x@v.example", .targets = to({"ann", "bob"})}));
    EXPECT_TRUE(*database->set_quota("ann@v.example", 77));
    EXPECT_TRUE(*database->set_disabled("ann@v.example", true));
    EXPECT_EQ((*database->account("ann@v.example"))->quota, 77u);
    EXPECT_TRUE((*database->account("ann@v.example"))->is_disabled);
    EXPECT_TRUE(*database->set_targets("x@v.example", to({"bob"})));
    EXPECT_EQ((*database->alias("x@v.example"))->targets, to({"bob"}));
    EXPECT_FALSE(*database->set_quota("bob@v.example", 77));
    EXPECT_FALSE(*database->set_disabled("bob@v.example", true));
    EXPECT_FALSE(*database->remove_account("bob@v.example"));
    EXPECT_FALSE(*database->remove_alias("y@v.example"));
    EXPECT_FALSE(*database->remove_domain("v.example"));
    EXPECT_TRUE(*database->remove_account("ann@v.example"));
    EXPECT_TRUE(*database->remove_alias("x@v.example"));
    EXPECT_EQ(*database->count_at("v.example"), 0);
    EXPECT_EQ(*database->connection().number("SELECT count(*) FROM alias_target"), 0);  // foreign keys
}

// Names are values: whatever is written in them, they are themselves and do nothing.
TEST(Database, HostileNamesAreNames) {
    const testing::Folder folder;
    const auto database = folder.open();
    const std::string nul("a\0b@v.example", 13);
    const std::string names[] = {"'; DROP TABLE account; --@v.example",
                                 "\"x\"@v.example",
                                 "%@v.example",
                                 "_@v.example",
                                 "a?1@v.example",
                                 "\xff\xfe@v.example",
                                 std::string(10'000, 'a') + "@v.example",
                                 nul};
    for (const auto& name : names) ASSERT_TRUE(database->add(Account{.address = name})) << name;
    for (const auto& name : names) {
        ASSERT_TRUE(database->account(name)->has_value()) << name;
        EXPECT_EQ((*database->account(name))->address, name);
    }
    EXPECT_EQ(*database->account("a@v.example"), std::nullopt);
    EXPECT_EQ(*database->count_at("v.example"), static_cast<std::int64_t>(std::size(names)));
}

TEST(Database, WhatOneCommitsOthersSee) {
    const testing::Folder folder;
    const auto one = folder.open(), other = folder.open();
    ASSERT_TRUE(one->begin());
    ASSERT_TRUE(one->add(Account{.address = "ann@v.example"}));
    EXPECT_EQ(*other->account("ann@v.example"), std::nullopt);
    ASSERT_TRUE(one->commit());
    EXPECT_TRUE(other->account("ann@v.example")->has_value());
    ASSERT_TRUE(one->begin());
    ASSERT_TRUE(*one->remove_account("ann@v.example"));
    one->roll_back();
    EXPECT_TRUE(other->account("ann@v.example")->has_value());
}

TEST(Database, RefusesFilesThatAreNotItsOwn) {
    const testing::Folder folder;
    const auto code = [&] {
        const auto opened = Database::open(folder.file(), Connection::Missing::Fails, std::chrono::milliseconds(1));
        return opened ? "opened" : std::string(describe(opened.error().code));
    };
    EXPECT_EQ(code(), describe(Error::Code::Forbidden));  // there is none
    std::ofstream(folder.file()) << std::string(5000, 'x');
    EXPECT_EQ(code(), describe(Error::Code::Damaged));
    std::filesystem::remove(folder.file());
    {
        auto others = Connection::open(folder.file(), Connection::Missing::IsCreated, std::chrono::seconds(1));
        ASSERT_TRUE(others->run("PRAGMA application_id = 77; CREATE TABLE t (x); PRAGMA user_version = 1;"));
    }
    EXPECT_EQ(code(), describe(Error::Code::Damaged));
    std::filesystem::remove(folder.file());
    folder.open();
    {
        auto newer = Connection::open(folder.file(), Connection::Missing::Fails, std::chrono::seconds(1));
        ASSERT_TRUE(newer->run("PRAGMA user_version = 1000"));
    }
    EXPECT_EQ(code(), describe(Error::Code::Newer));
    std::filesystem::remove(folder.file());
    std::filesystem::create_symlink("/dev/null", folder.file());
    EXPECT_EQ(code(), describe(Error::Code::Forbidden));
}

// What an older Hermod made is brought up to date by whoever opens it, and keeps what is in it.
TEST(Database, BringsOlderFilesUpToDate) {
    const testing::Folder folder;
    {
        const auto database = folder.open();
        ASSERT_TRUE(database->add(Account{.address = "ann@v.example", .quota = 7}));
        // as version 1 left it
        ASSERT_TRUE(
            database->connection().run("DROP TABLE password; DROP TABLE app_password; PRAGMA user_version = 1;"));
    }
    const auto database = folder.open();
    EXPECT_EQ(*database->connection().number("PRAGMA user_version"), schema_version());
    EXPECT_EQ((*database->account("ann@v.example"))->quota, 7u);
    EXPECT_EQ(**database->credentials("ann@v.example"), Credentials());
    EXPECT_TRUE(*database->set_password("ann@v.example", {.hash = "$y$…"}, 5));
}

// Every statement there is, the ones that a server asks for each recipient among them: none reads a table through, but
// those that list all of it, in the order of an index.
TEST(Database, LooksUpThroughAnIndex) {
    const testing::Folder folder;
    const auto database = folder.open();
    int queries = 0;
    for (auto* made = ::sqlite3_next_stmt(database->connection().handle(), nullptr); made;
         made = ::sqlite3_next_stmt(database->connection().handle(), made)) {
        const std::string sql = ::sqlite3_sql(made);
        if (sql.starts_with("INSERT") && !sql.contains("SELECT")) continue;
        auto plan = database->connection().prepare("EXPLAIN QUERY PLAN " + sql);
        ASSERT_TRUE(plan) << sql;
        ++queries;
        auto rows = plan->with();
        while (*rows.next()) {
            const auto step = rows.text(3);
            const bool lists_all = !sql.contains('?') && step.starts_with("SCAN") &&
                                   (step.contains("USING INDEX") || step == "SCAN domain");  // is its own index
            EXPECT_TRUE(lists_all || !step.starts_with("SCAN") || step == "SCAN CONSTANT ROW") << sql << ": " << step;
            EXPECT_FALSE(step.contains("TEMP B-TREE")) << sql << ": " << step;
        }
    }
    EXPECT_GE(queries, 15);
}

// Whatever is done in whatever order, it is what a map would hold; and it is the same after opening it anew.
TEST(Database, IsAMapThatStays) {
    const testing::Folder folder;
    auto database = folder.open();
    std::map<std::string, Account> accounts;
    std::map<std::string, Alias> aliases;
    std::mt19937 dice(7);
    const auto roll = [&](unsigned sides) { return static_cast<unsigned>(dice() % sides); };
    const auto name = [&] { return "n" + std::to_string(roll(8)) + "@d" + std::to_string(roll(3)) + ".example"; };
    const auto some_targets = [&] {
        std::vector<Target> targets;
        for (unsigned i = 0, count = 1 + roll(3); i < count; ++i)
            targets.push_back({Target::Kind::Address, "t" + std::to_string(i) + name()});
        return targets;
    };
    for (int turn = 0; turn < 600; ++turn) {
        const auto key = name();
        switch (roll(9)) {
            case 0:
            case 1: {
                const Account account{.address = key, .quota = roll(100), .is_disabled = roll(2) == 0, .created = turn};
                ASSERT_EQ(database->add(account).has_value(), accounts.emplace(key, account).second);
                break;
            }
            case 2: ASSERT_EQ(*database->remove_account(key), accounts.erase(key) > 0); break;
            case 3: {
                const auto quota = roll(1000);
                ASSERT_EQ(*database->set_quota(key, quota), accounts.contains(key));
                if (accounts.contains(key)) accounts[key].quota = quota;
                break;
            }
            case 4: {
                const bool is_disabled = roll(2) == 0;
                ASSERT_EQ(*database->set_disabled(key, is_disabled), accounts.contains(key));
                if (accounts.contains(key)) accounts[key].is_disabled = is_disabled;
                break;
            }
            case 5: {
                const Alias alias{.name = key, .targets = some_targets(), .created = turn};
                ASSERT_EQ(database->add(alias).has_value(), aliases.emplace(key, alias).second);
                break;
            }
            case 6: {
                const auto targets = some_targets();
                ASSERT_EQ(*database->set_targets(key, targets), aliases.contains(key));
                if (aliases.contains(key)) aliases[key].targets = targets;
                break;
            }
            case 7: ASSERT_EQ(*database->remove_alias(key), aliases.erase(key) > 0); break;
            default:
                ASSERT_TRUE(database->begin());
                ASSERT_TRUE(database->remove_account(key));
                database->roll_back();
                if (roll(20) == 0) database = folder.open();
        }
        const auto found = *database->account(key);
        ASSERT_EQ(found, accounts.contains(key) ? std::optional(accounts[key]) : std::nullopt);
        const auto lead = *database->alias(key);
        ASSERT_EQ(lead, aliases.contains(key) ? std::optional(aliases[key]) : std::nullopt);
    }
    std::map<std::string, Account> listed;
    ASSERT_TRUE(database->for_each_account("", [&](const Account& account) {
        listed.emplace(account.address, account);
        return true;
    }));
    EXPECT_EQ(listed, accounts);
    std::map<std::string, Alias> led;
    for (const auto* domain : {"d0.example", "d1.example", "d2.example"})
        ASSERT_TRUE(database->for_each_alias(domain, [&](const Alias& alias) {
            led.emplace(alias.name, alias);
            return true;
        }));
    EXPECT_EQ(led, aliases);
    EXPECT_EQ(
        *database->connection().number("SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'"), 0);
}

}  // namespace
}  // namespace accounts
