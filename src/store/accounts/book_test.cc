#include "accounts/book.h"

#include <gtest/gtest.h>

#include "accounts/testing/folder.h"

namespace accounts {
namespace {

using addressing::Existence;

addressbook::Sources sources() {
    addressbook::Sources made{
        .hostname = "mail.example.org", .postmaster = "ann", .domains = {}, .addressing = {}, .own_addresses = {}};
    made.domains["example.org"] = {};
    made.domains[".wild.example"] = {.catch_all = "bob"};
    made.domains["listed.example"] = {.mailboxes = "/list", .mailbox_list = "carl@listed.example 5MB\n"};
    made.domains["owned.example"] = {.owner = "bob"};
    made.domains["passed.example"] = {.relayed = true};
    made.addressing.aliases["written@example.org"] = {"bob"};
    return made;
}

struct BookTest : ::testing::Test {
    std::string outcome(std::string_view address) {
        const auto resolution = resolve(book, book.rules(), *smtp::parse_mailbox(address, smtp::Utf8::Allowed));
        std::string all;
        for (const auto& delivery : resolution.deliveries) all += (all.empty() ? "" : ", ") + to_text(delivery);
        return all.empty() ? resolution.reply.enhanced : all;
    }
    void alias(const std::string& name, const std::string& target) {
        ASSERT_TRUE(database->add(Alias{.name = name, .targets = {*addressing::parse_target(target)}}));
    }

    testing::Folder folder;
    std::unique_ptr<Database> database = folder.open();
    addressbook::ConfiguredBook configured{
        sources(), [](std::string_view name) {
            return name == "ann" || name == "bob" || name == "postmaster" ? Existence::Yes : Existence::No;
        }};
    Book book{configured, *database};
};

TEST_F(BookTest, AnswersFromBoth) {
    ASSERT_TRUE(database->add(Domain{.name = "made.example", .delimiters = "-"}));
    ASSERT_TRUE(database->add(Domain{.name = "all.example", .catch_all = "dora@made.example"}));
    ASSERT_TRUE(database->add(Domain{.name = "same.example", .same_as = "example.org"}));
    ASSERT_TRUE(database->add(Domain{.name = "near.wild.example"}));
    for (const auto* address : {"dora@made.example", "ann@example.org", "eve@listed.example", "eve@owned.example"})
        ASSERT_TRUE(database->add(Account{.address = address}));
    ASSERT_TRUE(database->add(Account{.address = "off@made.example", .is_disabled = true}));
    alias("info@made.example", "dora@made.example");
    alias("team", "bob");
    alias("written@example.org", "ann");
    alias("kept@passed.example", "bob");
    const std::pair<std::string_view, std::string_view> cases[] = {
        {"dora@made.example", "mailbox dora@made.example"},
        {"dora-x@made.example", "mailbox dora@made.example"},
        {"dora+x@made.example", "5.1.1"},
        {"off@made.example", "5.2.1"},
        {"nobody@made.example", "5.1.1"},
        {"info@made.example", "mailbox dora@made.example"},
        {"anybody@all.example", "mailbox dora@made.example"},
        {"bob@same.example", "mailbox bob"},
        // the account before the user of this system
        {"ann@example.org", "mailbox ann@example.org"},
        {"ann@mail.example.org", "mailbox ann"},
        {"eve@listed.example", "mailbox eve@listed.example"},
        {"eve@owned.example", "mailbox eve@owned.example"},
        {"carl@listed.example", "mailbox carl@listed.example"},
        {"team@example.org", "mailbox bob"},
        {"team@made.example", "5.1.1"},
        // the configuration first; but the nearer domain before the wildcard
        {"written@example.org", "mailbox bob"},
        {"x@far.wild.example", "mailbox bob"},
        {"x@near.wild.example", "5.1.1"},
        {"kept@passed.example", "mailbox bob"},
        {"x@elsewhere.example", "relay x@elsewhere.example"},
    };
    for (const auto& [address, want] : cases) EXPECT_EQ(outcome(address), want) << address;
    EXPECT_EQ(*book.quota("carl", "listed.example"), 5'242'880u);
    EXPECT_EQ(*book.quota("dora", "made.example"), 0u);
    EXPECT_EQ(*book.quota("off", "made.example"), std::nullopt);
    EXPECT_EQ(*book.quota("nobody", "made.example"), std::nullopt);
}

// RFC 5321 §4.5.1
TEST_F(BookTest, EveryDomainHasAPostmaster) {
    ASSERT_TRUE(database->add(Domain{.name = "made.example"}));
    EXPECT_EQ(outcome("postmaster@made.example"), "mailbox ann");
    alias("postmaster@made.example", "bob");
    EXPECT_EQ(outcome("postmaster@made.example"), "mailbox bob");
    EXPECT_EQ(outcome("postmaster@example.org"), "mailbox ann");
    EXPECT_EQ(outcome("root@example.org"), "mailbox ann");
    alias("postmaster", "far@far.example");
    EXPECT_EQ(outcome("postmaster@example.org"), "relay far@far.example");
    ASSERT_TRUE(database->add(Domain{.name = "other.example"}));
    EXPECT_EQ(outcome("postmaster@other.example"), "mailbox postmaster@other.example");
    alias("root", "bob");
    EXPECT_EQ(outcome("root@example.org"), "mailbox bob");
}

TEST_F(BookTest, SaysWhereARuleStands) {
    alias("info@example.org", "bob");
    EXPECT_EQ(to_text(book.alias("info@example.org")->place), "directory: alias info@example.org");
    ASSERT_TRUE(database->add(Domain{.name = "made.example"}));
    EXPECT_EQ(to_text(book.domain("made.example")->place), "directory: domain made.example");
}

// Whoever can write the database gains no program, no file and no list by it.
TEST_F(BookTest, LeadsToAddressesOnly) {
    for (const auto* target : {"|/bin/true", "/var/mail/x", "/srv/x/", ":include:/etc/passwd"}) {
        const std::vector<addressing::Target> targets{*addressing::parse_target(target),
                                                      *addressing::parse_target("bob")};
        ASSERT_TRUE(database->add(Alias{.name = "x@example.org", .targets = targets}));
        EXPECT_EQ(outcome("x@example.org"), "mailbox bob") << target;
        ASSERT_TRUE(*database->remove_alias("x@example.org"));
        alias("x@example.org", target);
        EXPECT_EQ(outcome("x@example.org"), "5.1.1") << target;
        ASSERT_TRUE(*database->remove_alias("x@example.org"));
    }
}

class BrokenRecords final : public Records {
public:
    Found<Domain> domain(std::string_view) override { return std::unexpected(Error{}); }
    Found<Account> account(std::string_view) override { return std::unexpected(Error{}); }
    Found<Alias> alias(std::string_view) override { return std::unexpected(Error{}); }
};

// Whatever could be in the directory is not refused while nobody can look.
TEST_F(BookTest, TroubleIsNeverARefusal) {
    BrokenRecords broken;
    const Book late(configured, broken);
    for (const auto* address : {"ann@example.org", "nobody@example.org", "nobody@listed.example", "x@anywhere.example",
                                "x@far.wild.example", "postmaster@made.example"}) {
        const auto resolution = resolve(late, late.rules(), *smtp::parse_mailbox(address, smtp::Utf8::Allowed));
        EXPECT_EQ(resolution.reply.code, 451) << address;
    }
    EXPECT_FALSE(late.quota("nobody", "listed.example"));
}

}  // namespace
}  // namespace accounts
