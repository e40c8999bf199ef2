#include "pattern/pattern.h"

#include <gtest/gtest.h>

namespace pattern {
namespace {

TEST(Pattern, MatchesAndFills) {
    struct Case {
        std::string_view pattern, text, to, want;
    };
    const Case cases[] = {
        {"^sales-(.*)@example\\.org$", "sales-north@example.org", "\\1@example.net", "north@example.net"},
        {"^SALES-(.*)@example\\.org$", "sales-x@example.org", "\\1@example.net", "x@example.net"},
        {"^(a)|(b)$", "b", "[\\1][\\2]", "[][b]"},
        {"a(.)c", "xxabcxx", "\\0-\\1-\\\\1", "abc-b-\\1"},
        {"^b\xc3\xbc.$", "b\xc3\xbc\xc3\xbc", "\\0", "b\xc3\xbc\xc3\xbc"},
    };
    for (const auto& [pattern, text, to, want] : cases) {
        const auto compiled = Pattern::compile(pattern);
        ASSERT_TRUE(compiled) << pattern << ": " << compiled.error();
        const auto groups = compiled->match(text);
        ASSERT_TRUE(groups) << pattern;
        EXPECT_EQ(fill(to, *groups), want) << pattern;
    }
    EXPECT_FALSE(Pattern::compile("^a@b$")->match("xa@b"));
    EXPECT_FALSE(Pattern::compile("^a@b$")->match("a@b\nc"));
}

TEST(Pattern, SaysWhatIsWrong) {
    for (const std::string_view bad : {"", "(", "[a", "a{1001}", "(a)\\1", "(?=a)", "((((((((((a))))))))))"})
        EXPECT_FALSE(Pattern::compile(bad)) << bad;
    EXPECT_FALSE(Pattern::compile(std::string(1001, 'a')));
    EXPECT_EQ(flaw_of("\\1@\\2", 2), "");
    EXPECT_EQ(flaw_of("\\\\3@x", 0), "");
    EXPECT_NE(flaw_of("\\3@x", 2), "");
    EXPECT_NE(flaw_of("\\a", 2), "");
    EXPECT_NE(flaw_of("a\\", 2), "");
    EXPECT_TRUE(has_reference("a\\1"));
    EXPECT_TRUE(has_reference("\\0"));
    EXPECT_FALSE(has_reference("a\\\\1"));
}

// What takes an engine that tries all ways for ever ends at once; the runner of the tests would not wait.
TEST(Pattern, IsLinearWhateverItSays) {
    const auto compiled = Pattern::compile("^(a+)+$");
    ASSERT_TRUE(compiled);
    EXPECT_FALSE(compiled->match(std::string(50'000, 'a') + "b"));
    EXPECT_TRUE(compiled->match(std::string(50'000, 'a')));
}

}  // namespace
}  // namespace pattern
