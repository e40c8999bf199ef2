#include "addressing/aliases_file.h"

#include <gtest/gtest.h>

namespace addressing {
namespace {

using Kind = Target::Kind;

TEST(AliasesFile, IsRead) {
    const auto file = parse_aliases(
        "# system\n"
        "Postmaster: root\n"
        "\n"
        "root:\n"
        "\tann,\n"
        "  # in between\n"
        "\tbob@example.net\r\n"
        "Sales@BÜCHER.example: \\ann\n"
        "\"the boss\"@example.org: ann\n"
        "list: :include:/etc/list, \"|/bin/archive --now\"\n"
        "last: x");
    EXPECT_TRUE(file.errors.empty());
    const std::vector<AliasLine> want = {
        {"postmaster", {{Kind::Address, "root"}}, 2},
        {"root", {{Kind::Address, "ann"}, {Kind::Address, "bob@example.net"}}, 4},
        {"sales@xn--bcher-kva.example", {{Kind::Mailbox, "ann"}}, 8},
        {"the boss@example.org", {{Kind::Address, "ann"}}, 9},
        {"list", {{Kind::Include, "/etc/list"}, {Kind::Program, "/bin/archive --now"}}, 10},
        {"last", {{Kind::Address, "x"}}, 11},
    };
    EXPECT_EQ(file.aliases, want);
}

TEST(AliasesFile, SaysWhatIsWrongAndReadsTheRest) {
    const auto file = parse_aliases("no colon here\nann: a b\n: x\nempty:\n \nok: ann\n/etc/x: ann\n");
    const std::vector<LineError> want = {{1, "expected \"name: targets\""},
                                         {2, "neither a name nor an address"},
                                         {3, "\"\" is neither a name nor an address"},
                                         {4, "\"empty\" leads nowhere"},
                                         {7, "\"/etc/x\" is neither a name nor an address"}};
    EXPECT_EQ(file.errors, want);
    ASSERT_EQ(file.aliases.size(), 1u);
    EXPECT_EQ(file.aliases[0].name, "ok");
}

TEST(MembersFile, IsRead) {
    const auto file = parse_members("# members\nann, bob@example.net\n\ncarl\ntwo words\n");
    const std::vector<Target> want = {
        {Kind::Address, "ann"}, {Kind::Address, "bob@example.net"}, {Kind::Address, "carl"}};
    EXPECT_EQ(file.targets, want);
    EXPECT_EQ(file.errors, (std::vector<LineError>{{5, "neither a name nor an address"}}));
}

TEST(MembersFile, LosesNobodyHoweverMuchIsWrong) {
    std::string text;
    for (int i = 0; i < 150; ++i) text += "two words\n";
    const auto file = parse_members(text + "ann\n");
    EXPECT_EQ(file.targets, (std::vector<Target>{{Kind::Address, "ann"}}));
    EXPECT_EQ(file.errors.size(), 100u);
    EXPECT_EQ(parse_aliases(text + "ann: bob\n").aliases.size(), 1u);
}

TEST(AliasKey, IsOneForOneName) {
    const std::pair<std::string_view, std::string_view> cases[] = {
        {"Ann", "ann"},
        {"Ann@Example.ORG", "ann@example.org"},
        {"\"ann\"@example.org", "ann@example.org"},
        {"|x", ""},
        {"", ""},
        {"\\ann", ""},
    };
    for (const auto& [name, want] : cases) EXPECT_EQ(alias_key(name), want) << name;
}

}  // namespace
}  // namespace addressing
