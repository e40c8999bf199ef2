#include "senders/list.h"

#include <gtest/gtest.h>

namespace senders {
namespace {

TEST(SenderIdentity, IsADomainOrAnAddress) {
    const std::pair<std::string_view, std::string_view> good[] = {{"Example.COM", "example.com"},
                                                                  {"@example.com", "example.com"},
                                                                  {"News@Example.com", "news@example.com"},
                                                                  {"bücher.example", "xn--bcher-kva.example"},
                                                                  {"a@bücher.example", "a@xn--bcher-kva.example"},
                                                                  {"\"a b\"@example.com", "\"a b\"@example.com"}};
    for (const auto& [text, want] : good) EXPECT_EQ(parse_identity(text).value_or("refused"), want) << text;
    for (const std::string_view bad :
         {"", "@", "example", "a b@example.com", "a@", "a\n@example.com", "a@b@example.com"})
        EXPECT_FALSE(parse_identity(bad)) << bad;
}

TEST(SenderEntry, IsALine) {
    const Entry entry{.action = Action::Block, .validated = true, .identity = "news@example.com", .created = 17};
    EXPECT_EQ(to_text(entry), "block validated news@example.com 17");
    EXPECT_EQ(parse_entry(to_text(entry)), entry);
    for (const std::string_view bad :
         {"", "block", "block validated", "block validated example.com", "deny validated example.com 1",
          "block proved example.com 1", "block validated example.com -1", "block validated example.com 1x",
          "allow claimed example.com 1"})
        EXPECT_FALSE(parse_entry(bad)) << bad;
    EXPECT_EQ(List::parse("block validated a.example 1\nnonsense\n").error(), "line 2: neither block nor allow");
}

List list_of(std::string_view text) {
    auto list = List::parse(text);
    EXPECT_TRUE(list) << list.error();
    return list.value_or(List());
}

TEST(SenderList, GoesByTheNarrowestEntryAndByBlocks) {
    const auto list = list_of(
        "block validated example.com 1\n"
        "allow validated news@example.com 1\n"
        "allow validated partner.example 1\n"
        "block validated spam.partner.example 1\n"
        "block claimed eve.example 1\n");
    using enum Opinion::Kind;
    struct Case {
        Identities who;
        Opinion::Kind want;
        std::string_view by;
    };
    const Case cases[] = {
        {{{}, {}}, None, ""},
        {{{"example.com"}, {}}, Blocked, "example.com"},
        {{{"mail.example.com"}, {}}, Blocked, "example.com"},
        {{{"other@mail.example.com"}, {}}, Blocked, "example.com"},
        {{{"news@example.com"}, {}}, Allowed, "news@example.com"},
        {{{"news@example.com", "example.com"}, {}}, Blocked, "example.com"},
        {{{"notexample.com"}, {}}, None, ""},
        {{{"a.partner.example"}, {}}, Allowed, "partner.example"},
        {{{"x@spam.partner.example"}, {}}, Blocked, "spam.partner.example"},
        {{{"partner.example", "example.com"}, {}}, Blocked, "example.com"},
        // what is merely said allows nobody, and is blocked only where that was wanted
        {{{}, {"a@partner.example"}}, None, ""},
        {{{}, {"a@example.com"}}, None, ""},
        {{{}, {"a@eve.example"}}, Blocked, "eve.example"},
        {{{"eve.example"}, {}}, Blocked, "eve.example"},
        {{{"partner.example"}, {"a@eve.example"}}, Blocked, "eve.example"},
    };
    for (const auto& [who, want, by] : cases) {
        const auto opinion = list.judge(who);
        EXPECT_EQ(opinion.kind, want);
        EXPECT_EQ(opinion.identity, by);
    }
}

TEST(SenderList, HasOneEntryForEachIdentity) {
    List list;
    list.set({.action = Action::Block, .identity = "example.com", .created = 1});
    list.set({.action = Action::Allow, .identity = "example.com", .created = 2});
    EXPECT_EQ(list.to_text(), "allow validated example.com 2\n");
    EXPECT_TRUE(list.remove("example.com"));
    EXPECT_FALSE(list.remove("example.com"));
}

}  // namespace
}  // namespace senders
