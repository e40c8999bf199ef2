#include "addressing/target.h"

#include <gtest/gtest.h>

namespace addressing {
namespace {

using Kind = Target::Kind;

// aliases(5) of Sendmail and Postfix.
TEST(Target, IsUnderstood) {
    const std::pair<std::string_view, Target> cases[] = {
        {"ann", {Kind::Address, "ann"}},
        {" ann ", {Kind::Address, "ann"}},
        {"Ann.Lee", {Kind::Address, "Ann.Lee"}},
        {"bob@Example.NET", {Kind::Address, "bob@example.net"}},
        {"<bob@example.net>", {Kind::Address, "bob@example.net"}},
        {"\"john doe\"@example.net", {Kind::Address, "\"john doe\"@example.net"}},
        {"\\ann", {Kind::Mailbox, "ann"}},
        {"\\ann@example.org", {Kind::Mailbox, "ann@example.org"}},
        {"|/usr/bin/prog", {Kind::Program, "/usr/bin/prog"}},
        {"|/usr/bin/prog -f x", {Kind::Program, "/usr/bin/prog -f x"}},
        {"\"|/usr/bin/prog a,b\"", {Kind::Program, "/usr/bin/prog a,b"}},
        {"|\"/usr/bin/prog \\\"a\\\" b\"", {Kind::Program, "/usr/bin/prog \"a\" b"}},
        {"/var/mail/archive", {Kind::File, "/var/mail/archive"}},
        {"\"/var/mail/with blank\"", {Kind::File, "/var/mail/with blank"}},
        {"/srv/list/", {Kind::Folder, "/srv/list"}},
        {":include:/etc/mail/members", {Kind::Include, "/etc/mail/members"}},
        {":INCLUDE: /etc/mail/members", {Kind::Include, "/etc/mail/members"}},
    };
    for (const auto& [text, want] : cases) {
        const auto got = parse_target(text);
        ASSERT_TRUE(got) << text << ": " << got.error();
        EXPECT_EQ(*got, want) << text;
        EXPECT_EQ(parse_target(to_text(want)), want) << to_text(want);
    }
}

TEST(Target, IsRefused) {
    for (const std::string_view text :
         {"", "|", "| ", "\"|\"", "two words", "a@b@c", "@example.org", "/", "//", "/etc/../shadow", "/a/..",
          ":include:", ":include:relative", "\\", "\\/etc/passwd", "ann\x01", "an\xff", "<ann", "\"unended"})
        EXPECT_FALSE(parse_target(text)) << text;
    EXPECT_FALSE(parse_target(std::string(5000, 'a')));
}

TEST(Targets, AreSplitAtCommasOutsideQuotes) {
    const std::vector<Target> want = {{Kind::Address, "ann"},
                                      {Kind::Program, "/bin/a, b"},
                                      {Kind::Address, "\"x,y\"@example.org"},
                                      {Kind::File, "/z"}};
    EXPECT_EQ(parse_targets("ann, \"|/bin/a, b\",\"x,y\"@example.org,, /z ,"), want);
    EXPECT_EQ(parse_targets(""), std::vector<Target>());
    const auto wrong = parse_targets("ann, two words");
    ASSERT_FALSE(wrong);
    EXPECT_EQ(wrong.error(), (TargetError{4, "neither a name nor an address"}));
}

}  // namespace
}  // namespace addressing
