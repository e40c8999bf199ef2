#include "addressing/resolver.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "addressing/testing/fake_book.h"

namespace addressing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class ResolverTest : public ::testing::Test {
protected:
    ResolverTest() {
        book.users = {"ann", "bob", "sergey", "a", "a-b"};
        book.mailboxes = {"carl@virtual.example", "dora@virtual.example"};
        book.domains["host.example"] = {.delimiters = "+-", .place = {}};
        book.domains["example.org"] = {.delimiters = "+-", .place = {"hermod.toml", 4}};
        book.domains["other.example"] = {.same_as = "example.org", .place = {"hermod.toml", 5}};
        book.domains["virtual.example"] = {.has_users = false, .delimiters = "+", .place = {"hermod.toml", 6}};
        book.domains["owned.example"] = {.has_users = false, .owner = "sergey", .place = {"hermod.toml", 7}};
        book.domains["all.example"] = {.has_users = false, .catch_all = "bob@example.org", .place = {"hermod.toml", 8}};
    }

    Resolution resolve(std::string_view text) {
        auto address = smtp::parse_mailbox(text, smtp::Utf8::Allowed);
        if (!address) address = smtp::Mailbox{.local_part = std::string(text), .domain = {}, .literal = {}};
        return addressing::resolve(book, rules, *address);
    }
    /// The deliveries, or why there are none.
    std::string outcome(std::string_view text) {
        const auto resolution = resolve(text);
        std::string all;
        for (const auto& delivery : resolution.deliveries) {
            all += (all.empty() ? "" : ", ") + to_text(delivery);
            if (!delivery.extension.empty()) all += " [" + delivery.extension + "]";
        }
        return all.empty() ? resolution.reply.enhanced : all;
    }

    testing::FakeBook book;
    Rules rules{.hostname = "host.example", .percent = {"percent.example"}};
};

TEST_F(ResolverTest, FollowsTheOneOrder) {
    book.add_aliases(
        "postmaster: ann\n"
        "ann@virtual.example: ann\n"
        "carl@virtual.example: \\carl@virtual.example, bob\n"
        "sales: ann, bob, bob@example.net\n"
        "info@example.org: sales@other.example\n"
        "sales+special: bob\n"
        "archive: /var/mail/archive, /srv/archive/, \"|/bin/index\"\n"
        "special@owned.example: ann\n"
        "kept@passed.example: ann\n"
        "both@passed.example: both@passed.example, ann\n"
        "elsewhere: eve@far.example\n");
    book.domains["percent.example"] = {};
    book.domains["passed.example"] = {.has_users = false, .delimiters = "+", .is_relayed = true, .place = {}};
    const std::pair<std::string_view, std::string_view> cases[] = {
        // 1: rewriting
        {"ann", "mailbox ann"},
        {"ann%example.org@percent.example", "mailbox ann"},
        {"ann%b%example.org@percent.example", "5.1.1"},
        {"x%far.example@percent.example", "relay x@far.example"},
        {"ann%far.example@example.org", "5.1.1"},
        // 2: the domain
        {"x@far.example", "relay x@far.example"},
        {"ann@[192.0.2.1]", "mailbox ann"},
        {"ann@[192.0.2.2]", "relay ann@[192.0.2.2]"},
        // 3: the same as another
        {"ann@other.example", "mailbox ann"},
        {"info@other.example", "mailbox ann, mailbox bob, relay bob@example.net"},
        // 4: aliases, whole and by name; names alone only where users are
        {"info@example.org", "mailbox ann, mailbox bob, relay bob@example.net"},
        {"sales@example.org", "mailbox ann, mailbox bob, relay bob@example.net"},
        {"SALES@EXAMPLE.ORG", "mailbox ann, mailbox bob, relay bob@example.net"},
        {"sales@virtual.example", "5.1.1"},
        {"postmaster@example.org", "mailbox ann"},
        {"archive@example.org", "file /var/mail/archive, folder /srv/archive, \"|/bin/index\""},
        {"elsewhere@example.org", "relay eve@far.example"},
        {"ann@virtual.example", "mailbox ann"},
        {"carl@virtual.example", "mailbox carl@virtual.example, mailbox bob"},
        // 5: accounts
        {"ann@example.org", "mailbox ann"},
        {"Ann@Example.ORG", "mailbox ann"},
        {"dora@virtual.example", "mailbox dora@virtual.example"},
        {"nobody@virtual.example", "5.1.1"},
        {"nobody@example.org", "5.1.1"},
        // 6: extensions, the longest name first; whole names before parts
        {"ann+shop@example.org", "mailbox ann [shop]"},
        {"ann-shop-x@example.org", "mailbox ann [shop-x]"},
        {"ann+@example.org", "mailbox ann"},
        {"a-b@example.org", "mailbox a-b"},
        {"a-b-c@example.org", "mailbox a-b [c]"},
        {"a-c@example.org", "mailbox a [c]"},
        {"sales+x@example.org", "mailbox ann, mailbox bob, relay bob@example.net"},
        {"sales+special@example.org", "mailbox bob"},
        {"dora+shop@virtual.example", "mailbox dora@virtual.example [shop]"},
        {"dora-shop@virtual.example", "5.1.1"},
        {"+ann@example.org", "5.1.1"},
        // 7: owners; an alias is an exception
        {"x@owned.example", "mailbox sergey [x]"},
        {"special@owned.example", "mailbox ann"},
        // 8: catch-alls
        {"x@all.example", "mailbox bob"},
        {"x+y@all.example", "mailbox bob"},
        // Relayed for anybody, but for aliases of whole addresses
        {"ann@passed.example", "relay ann@passed.example"},
        {"ann+x@passed.example", "relay ann+x@passed.example"},
        {"sales@passed.example", "relay sales@passed.example"},
        {"kept@passed.example", "mailbox ann"},
        {"both@passed.example", "relay both@passed.example, mailbox ann"},
    };
    for (const auto& [address, want] : cases) EXPECT_EQ(outcome(address), want) << address;
}

// Whoever cannot be found now is not nobody: it must be asked again, whatever part of the book is out of reach.
TEST_F(ResolverTest, WhatCannotBeFoundOutIsAskedAgain) {
    book.add_aliases("team@example.org: ann, gone@virtual.example\nboth@example.org: bob, x@later.example\n");
    book.undecided = {"later.example", "late@virtual.example", "late"};
    book.undecided_aliases = {"late-alias@example.org", "late-name", "gone@virtual.example"};
    for (const auto* address : {"x@later.example", "late@virtual.example", "late@example.org", "late-alias@example.org",
                                "late-name@example.org", "team@example.org", "both@example.org"}) {
        const auto resolution = resolve(address);
        EXPECT_EQ(resolution.reply.code, 451) << address;
        EXPECT_TRUE(resolution.deliveries.empty()) << address;
    }
    EXPECT_EQ(outcome("ann@example.org"), "mailbox ann");
}

TEST_F(ResolverTest, AccountsOfADomainCountBeforeUsersOfThisSystem) {
    book.mailboxes.insert("ann@example.org");
    EXPECT_EQ(outcome("ann@example.org"), "mailbox ann@example.org");
    EXPECT_EQ(outcome("ann+x@example.org"), "mailbox ann@example.org [x]");
    EXPECT_EQ(outcome("ann@host.example"), "mailbox ann");
}

// RFC 3463 §3.3: X.2.1
TEST_F(ResolverTest, DisabledMailboxesTakeNoMail) {
    book.disabled = {"carl@virtual.example", "ann@example.org"};
    book.add_aliases("two@example.org: carl@virtual.example, bob\n");
    book.domains["virtual.example"].catch_all = "bob@example.org";
    EXPECT_EQ(outcome("carl@virtual.example"), "5.2.1");
    EXPECT_EQ(outcome("carl+x@virtual.example"), "5.2.1");
    EXPECT_EQ(outcome("ann@example.org"), "5.2.1");
    EXPECT_EQ(outcome("two@example.org"), "nobody carl@virtual.example, mailbox bob");
}

TEST_F(ResolverTest, OnlyWhatIsRelayedForNobodyInParticularIsForeign) {
    book.domains["passed.example"] = {.has_users = false, .is_relayed = true, .place = {}};
    EXPECT_FALSE(resolve("x@passed.example").is_foreign);
    EXPECT_TRUE(resolve("x@far.example").is_foreign);
}

TEST_F(ResolverTest, EverybodyGetsItOnce) {
    book.add_aliases(
        "team: ann, ann@example.org, ann@other.example, ann+x, bob@far.example, bob@FAR.example, archive, archive2\n"
        "archive: /var/mail/archive, |/bin/index\n"
        "archive2: /var/mail/archive, |/bin/index\n");
    EXPECT_EQ(outcome("team@example.org"),
              "mailbox ann, relay bob@far.example, file /var/mail/archive, \"|/bin/index\"");
}

TEST_F(ResolverTest, AliasesMayNameThemselves) {
    book.add_aliases("ann: ann, bob\nbob@virtual.example: bob@virtual.example\nsergey: \\sergey, ann\n");
    EXPECT_EQ(outcome("ann@host.example"), "mailbox ann, mailbox bob");
    EXPECT_EQ(outcome("bob@virtual.example"), "5.1.1");
    EXPECT_EQ(outcome("sergey@host.example"), "mailbox sergey, mailbox ann, mailbox bob");
}

TEST_F(ResolverTest, RoundsEnd) {
    book.add_aliases(
        "one: two\ntwo: three@other.example\nthree: one\n"
        "partly: two@host.example, ann\n");
    book.domains["x.example"] = {.same_as = "y.example"};
    book.domains["y.example"] = {.same_as = "x.example"};
    book.domains["z.example"] = {.has_users = false, .catch_all = "again@z.example"};
    EXPECT_EQ(outcome("one@host.example"), "5.4.6");
    EXPECT_THAT(resolve("partly@host.example").rounds,
                ElementsAre(ElementsAre(
                    Step{"two@host.example", "an alias: leads to three@other.example", {"/etc/aliases", 2}},
                    Step{"three@other.example", "other.example is the same as example.org", {"hermod.toml", 5}},
                    Step{"three@example.org", "an alias: leads to one", {"/etc/aliases", 3}},
                    Step{"one@host.example", "an alias: leads to two", {"/etc/aliases", 1}})));
    EXPECT_EQ(outcome("partly@host.example"), "mailbox ann");
    EXPECT_EQ(outcome("ann@x.example"), "5.4.6");
    EXPECT_EQ(outcome("ann@z.example"), "5.1.1");
    rules.hostname = "owner.example";
    book.domains["owner.example"] = {.has_users = false, .owner = "x"};
    EXPECT_EQ(outcome("ann@owner.example"), "5.4.6");
}

TEST_F(ResolverTest, MultiplicationEnds) {
    for (int i = 0; i < 60; ++i) {
        const auto next = std::to_string(i + 1);
        book.add_aliases("n" + std::to_string(i) + ": n" + next + ", n" + next + "@example.org, n" + next + "+x\n");
    }
    EXPECT_EQ(outcome("n0@host.example"), "5.1.1");
}

TEST_F(ResolverTest, ListsOfMembers) {
    book.add_aliases("list: :include:/etc/list, carl@virtual.example\nbroken: ann, :include:/etc/missing\n");
    book.lists["/etc/list"] = {{Target::Kind::Address, "ann"},
                               {Target::Kind::Address, "list"},
                               {Target::Kind::Include, "/etc/list"},
                               {Target::Kind::Address, "gone@virtual.example"}};
    EXPECT_EQ(outcome("list@example.org"), "mailbox ann, nobody gone@virtual.example, mailbox carl@virtual.example");
    EXPECT_EQ(outcome("broken@example.org"), "4.3.0") << "nobody on the list may be forgotten";
}

// Whoever is not found now is not nobody.
// As Sendmail, Postfix and qmail have owners of lists.
TEST_F(ResolverTest, WhatGoesThroughAListComesFromItsOwner) {
    book.add_aliases(
        "list: ann, eve@far.example\nowner-list: bob\n"
        "qlist@example.org: ann, inner, eve@far.example\nqlist-owner@example.org: bob\n"
        "inner: carl@virtual.example, fred@far.example\ninner-owner: ann\n"
        "verp: ann, eve@far.example, \"|/bin/archive\"\nverp-owner: bob\nverp-owner-default: bob\n"
        "half: ann\nhalf-owner-default: bob\n");
    const auto senders = [&](std::string_view address) {
        std::string all;
        for (const auto& delivery : resolve(address).deliveries)
            all += fmt::format("{}{}", all.empty() ? "" : ", ", delivery.sender.empty() ? "-" : delivery.sender);
        return all;
    };
    EXPECT_EQ(senders("ann@example.org"), "-");
    EXPECT_EQ(senders("list@example.org"), "owner-list@example.org, owner-list@example.org");
    EXPECT_EQ(senders("List@other.example"), "owner-list@example.org, owner-list@example.org");
    EXPECT_EQ(senders("list@virtual.example"), "");
    EXPECT_EQ(senders("owner-list@example.org"), "-");
    EXPECT_EQ(senders("qlist-owner@example.org"), "-");
    // The innermost list's owner knows whom it has.
    EXPECT_EQ(senders("qlist@example.org"),
              "qlist-owner@example.org, qlist-owner@example.org, inner-owner@host.example, inner-owner@host.example");
    EXPECT_EQ(senders("verp@example.org"),
              "verp-owner-verp=example.org@example.org, verp-owner-ann=host.example@example.org, "
              "verp-owner-eve=far.example@example.org");
    EXPECT_EQ(senders("half@example.org"), "-");
    // What comes back to such a sender.
    EXPECT_EQ(outcome("verp-owner-eve=far.example@example.org"), "mailbox bob");
    EXPECT_EQ(outcome("nolist-owner-eve=far.example@example.org"), "5.1.1");
    EXPECT_EQ(outcome("-owner-x@example.org"), "5.1.1");
}

// Hostile: who may edit a file of members may do nothing else.
TEST_F(ResolverTest, MembersAreNoPrograms) {
    book.add_aliases("list: :include:/members\nown: \"|/bin/own\"\n");
    book.lists["/members"] = *parse_targets("ann, \"|/bin/evil\", /etc/passwd, own");
    EXPECT_EQ(outcome("list@example.org"), "mailbox ann, \"|/bin/own\"");
}

TEST_F(ResolverTest, PatternsComeAfterAliasesAndBeforeAccounts) {
    book.add_aliases("sales-special@example.org: bob\n");
    book.patterns = [](std::string_view address) -> Entry<Alias> {
        if (address == "sales-north@example.org" || address == "sales-special@example.org" ||
            address == "ann@example.org")
            return Alias{{{Target::Kind::Address, "carl@virtual.example"}}, {"hermod.toml", 30}};
        if (address == "to-far@example.org") return Alias{{{Target::Kind::Address, "x@far.example"}}, {}, true};
        if (address == "plain-far@example.org") return Alias{{{Target::Kind::Address, "x@far.example"}}, {}};
        return nullptr;
    };
    EXPECT_EQ(outcome("Sales-North@example.org"), "mailbox carl@virtual.example");
    EXPECT_EQ(outcome("sales-special@example.org"), "mailbox bob");
    EXPECT_EQ(outcome("ann@example.org"), "mailbox carl@virtual.example");
    EXPECT_EQ(outcome("ann@virtual.example"), "5.1.1");
    EXPECT_EQ(resolve("sales-north@example.org").steps[0].place, (Place{"hermod.toml", 30}));
    // Hostile: a domain that the sender chose is a stranger's word, as with percent signs.
    EXPECT_TRUE(resolve("to-far@example.org").is_foreign);
    EXPECT_FALSE(resolve("plain-far@example.org").is_foreign);
}

// qmail's Delivered-To and HOST name the virtual domain.
TEST_F(ResolverTest, MailOfAVirtualDomainKeepsItsName) {
    book.domains["host.example"].has_instructions = true;
    const auto resolution = resolve("Info@owned.example");
    ASSERT_EQ(resolution.deliveries.size(), 1u);
    EXPECT_EQ(smtp::to_text(resolution.deliveries[0].address), "sergey-info@owned.example");
    EXPECT_EQ(resolution.deliveries[0].account, "sergey");
    EXPECT_EQ(resolution.deliveries[0].extension, "info");
    // Found again at delivery, by that name; and nobody else's.
    const auto again = [&](std::string_view text) {
        return resolve_mailbox(book, rules, *smtp::parse_mailbox(text, smtp::Utf8::Allowed)).deliveries;
    };
    EXPECT_EQ(again("sergey-info@owned.example"), resolution.deliveries);
    EXPECT_TRUE(again("info@owned.example").empty());
    EXPECT_TRUE(again("ann@owned.example").empty());
    // Two extensions are two deliveries.
    book.add_aliases("both: a@owned.example, b@owned.example, a@owned.example\n");
    EXPECT_EQ(outcome("both@example.org"), "mailbox sergey [a], mailbox sergey [b]");
}

TEST_F(ResolverTest, UncertaintyIsNoAnswer) {
    book.undecided = {"slow"};
    book.add_aliases("both: ann, slow\n");
    EXPECT_EQ(resolve("slow@example.org").reply.code, 451);
    EXPECT_EQ(resolve("both@example.org").reply.code, 451);
    EXPECT_TRUE(resolve("both@example.org").deliveries.empty());
    EXPECT_EQ(outcome("ann@example.org"), "mailbox ann");
}

TEST_F(ResolverTest, OnlyTheAddressItselfMayBeForeign) {
    book.add_aliases("away: eve@far.example\n");
    EXPECT_TRUE(resolve("eve@far.example").is_foreign);
    EXPECT_FALSE(resolve("away@example.org").is_foreign);
    EXPECT_FALSE(resolve("ann@example.org").is_foreign);
}

// RFC 1123 §5.2.16. Whoever may not relay may not either by a percent sign, however many domains it takes to get there.
TEST_F(ResolverTest, StrangersDoNotRelayByPercent) {
    book.domains["percent.example"] = {};
    book.domains["same.example"] = {.same_as = "percent.example"};
    rules.percent.push_back("host.example");
    book.add_aliases("away: eve@far.example\n");
    for (const auto* address :
         {"x%far.example@percent.example", "x%far.example@same.example", "x%far.example@owned.example"})
        EXPECT_TRUE(resolve(address).is_foreign) << address;
    EXPECT_FALSE(resolve("away%percent.example@same.example").is_foreign);
}

TEST_F(ResolverTest, ExtensionsWithInstructionsAreEachServed) {
    book.add_aliases("team: ann-sales, ann-support, ann-sales\n");
    EXPECT_EQ(outcome("team@host.example"), "mailbox ann [sales]");
    book.domains["host.example"].has_instructions = true;
    EXPECT_EQ(outcome("team@host.example"), "mailbox ann [sales], mailbox ann [support]");
}

TEST_F(ResolverTest, AMailboxIsAMailboxUnderAnotherDomainToo) {
    book.add_aliases("ann@example.org: \\ann@other.example, bob\n");
    EXPECT_EQ(outcome("ann@example.org"), "mailbox bob, mailbox ann");
    EXPECT_EQ(
        to_text(
            resolve_mailbox(book, rules, *smtp::parse_mailbox("ann@other.example", smtp::Utf8::Allowed)).deliveries[0]),
        "mailbox ann");
}

TEST_F(ResolverTest, TellsEveryStepAndWhereItIsWritten) {
    book.add_aliases("\nsales: ann+x, eve@far.example\n");
    const auto resolution = resolve("Sales@other.example");
    EXPECT_THAT(resolution.steps,
                ElementsAre(Step{"Sales@other.example", "other.example is the same as example.org", {"hermod.toml", 5}},
                            Step{"Sales@example.org", "an alias: leads to ann+x, eve@far.example", {"/etc/aliases", 2}},
                            Step{"ann+x@host.example", "the user ann of this system", {}},
                            Step{"eve@far.example", "is not of a domain of this server: to be relayed", {}}));
    EXPECT_EQ(to_text(resolution.steps[1].place), "/etc/aliases:2");
}

}  // namespace
}  // namespace addressing
