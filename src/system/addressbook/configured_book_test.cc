#include "addressbook/configured_book.h"

#include <gtest/gtest.h>

namespace addressbook {
namespace {

using addressing::Existence;

Existence known(std::string_view name) { return name == "ann" || name == "bob" ? Existence::Yes : Existence::No; }

Sources sources() {
    Sources made{
        .hostname = "mail.example.org", .postmaster = "ann", .domains = {}, .addressing = {}, .own_addresses = {}};
    made.domains["example.org"] = {};
    made.domains["BÜCHER.example"] = {.mailboxes = "/etc/list",
                                      .mailbox_list = "Carl@bücher.example 5MB\nx@other.example\n"};
    made.domains[".wild.example"] = {.catch_all = "bob"};
    made.domains["a.wild.example"] = {.same_as = "Example.org"};
    made.domains["aliased.example"] = {.users = false};
    made.domains["passed.example"] = {.relayed = true};
    made.addressing.aliases["one@aliased.example"] = {"bob"};
    made.addressing.aliases["Info@Example.ORG"] = {"ann", "bob@far.example"};
    made.addressing.aliases["team"] = {":include:/etc/team"};
    made.addressing.alias_files = {"/etc/aliases"};
    made.addressing.texts["/etc/aliases"] = "team: nobody\n# c\nsales: bob\n";
    made.addressing.texts["/etc/team"] = "ann\nbob\n";
    made.addressing.places["aliases.Info@Example.ORG"] = "/etc/hermod.toml:12";
    made.addressing.places["domains..wild.example"] = "/etc/hermod.toml:7";
    return made;
}

std::string outcome(const ConfiguredBook& book, std::string_view address) {
    const auto resolution = resolve(book, book.rules(), *smtp::parse_mailbox(address, smtp::Utf8::Allowed));
    std::string all;
    for (const auto& delivery : resolution.deliveries) all += (all.empty() ? "" : ", ") + to_text(delivery);
    return all.empty() ? resolution.reply.enhanced : all;
}

TEST(ConfiguredBook, AnswersAsConfigured) {
    const ConfiguredBook book(sources(), known);
    const std::pair<std::string_view, std::string_view> cases[] = {
        {"ann@mail.example.org", "mailbox ann"},
        {"ann@localhost", "mailbox ann"},
        {"ann+x@example.org", "mailbox ann"},
        {"info@example.org", "mailbox ann, relay bob@far.example"},
        {"team@example.org", "mailbox ann, mailbox bob"},
        {"sales@example.org", "mailbox bob"},
        {"carl@bücher.example", "mailbox carl@xn--bcher-kva.example"},
        {"dora@bücher.example", "5.1.1"},
        {"x@other.example", "relay x@other.example"},
        {"anybody@b.c.wild.example", "mailbox bob"},
        {"ann@wild.example", "relay ann@wild.example"},
        {"info@a.wild.example", "mailbox ann, relay bob@far.example"},
        {"postmaster@bücher.example", "mailbox ann"},
        {"postmaster@b.wild.example", "mailbox ann"},
        {"one@aliased.example", "mailbox bob"},
        {"ann@aliased.example", "5.1.1"},
        {"sales@aliased.example", "5.1.1"},
        {"postmaster@aliased.example", "mailbox ann"},
        {"ann@passed.example", "relay ann@passed.example"},
        {"postmaster@passed.example", "relay postmaster@passed.example"},
    };
    for (const auto& [address, want] : cases) EXPECT_EQ(outcome(book, address), want) << address;
    ASSERT_TRUE(book.quota("carl", "xn--bcher-kva.example"));
    EXPECT_EQ(*book.quota("carl", "xn--bcher-kva.example"), 5'242'880u);
}

TEST(ConfiguredBook, KnowsWhereRulesAreWritten) {
    const ConfiguredBook book(sources(), known);
    EXPECT_EQ(book.alias("info@example.org")->place, (addressing::Place{"/etc/hermod.toml", 12}));
    EXPECT_EQ(book.alias("sales")->place, (addressing::Place{"/etc/aliases", 3}));
    EXPECT_EQ(book.domain("b.wild.example")->place, (addressing::Place{"/etc/hermod.toml", 7}));
}

// The two lead to each other in many an /etc/aliases; what cron says must not be refused for that.
TEST(ConfiguredBook, RootIsReadWhereverPostmasterIsRoot) {
    auto made = sources();
    made.postmaster = "root";
    const auto always = [](std::string_view name) {
        return name == "postmaster" ? addressing::Existence::Yes : known(name);
    };
    EXPECT_EQ(outcome(ConfiguredBook(made, always), "root@example.org"), "mailbox postmaster");
    EXPECT_EQ(outcome(ConfiguredBook(made, always), "postmaster@example.org"), "mailbox postmaster");
    made.postmaster = {};
    made.addressing.texts["/etc/aliases"] = "postmaster: root\n";
    EXPECT_EQ(outcome(ConfiguredBook(made, always), "root@example.org"), "mailbox postmaster");
    made.addressing.texts["/etc/aliases"] = "postmaster: root\nroot: bob\n";
    EXPECT_EQ(outcome(ConfiguredBook(made, always), "postmaster@example.org"), "mailbox bob");
}

TEST(ConfiguredBook, AnAliasForPostmasterCountsBeforeTheSetting) {
    auto made = sources();
    made.addressing.aliases["postmaster"] = {"bob"};
    const ConfiguredBook book(made, known);
    EXPECT_EQ(outcome(book, "postmaster@example.org"), "mailbox bob");
}

}  // namespace
}  // namespace addressbook
