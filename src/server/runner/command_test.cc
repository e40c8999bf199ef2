#include "runner/command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace runner {
namespace {

using ::testing::ElementsAre;

TEST(Command, NeedsAShellOnlyWhereThereIsSomethingForIt) {
    const std::pair<std::string_view, std::string_view> cases[] = {
        {"/bin/true", "/bin/true"},
        {" cat  -n\tx ", "cat -n x"},
        {"forward ann@example.org", "forward ann@example.org"},
        {"./bin/prog --a=b", "./bin/prog --a=b"},
        {"exit 99", "sh"},
        {"", "sh"},
        {" ", "sh"},
        {":", "sh"},
        {". ./script", "sh"},
        {"A=b prog", "sh"},
        {"a|b", "sh"},
        {"a;b", "sh"},
        {"a&", "sh"},
        {"a >b", "sh"},
        {"echo $SENDER", "sh"},
        {"echo `id`", "sh"},
        {"echo 'a b'", "sh"},
        {"echo \"a\"", "sh"},
        {"echo \\a", "sh"},
        {"ls *", "sh"},
        {"ls ?", "sh"},
        {"ls [a]", "sh"},
        {"ls ~", "sh"},
        {"prog # comment", "sh"},
        {"prog {a,b}", "sh"},
        {"(prog)", "sh"},
        {"! prog", "sh"},
        {"prog \xc3\xbc", "sh"},
        {"prog\na", "sh"},
    };
    for (const auto& [command, want] : cases) {
        const auto words = words_of(command);
        if (want == "sh") {
            EXPECT_THAT(words, ElementsAre("/bin/sh", "-c", std::string(command))) << command;
            continue;
        }
        std::string joined;
        for (const auto& word : words) joined += (joined.empty() ? "" : " ") + word;
        EXPECT_EQ(joined, want) << command;
    }
}

TEST(Command, GetsAnEnvironmentWithoutFunctions) {
    EXPECT_THAT(environment_of({"SENDER=a@b", "EXT=() { :; }; touch x", "A="}),
                ElementsAre("PATH=/usr/local/bin:/usr/bin:/bin", "SENDER=a@b", "EXT=_) { :; }; touch x", "A="));
}

TEST(Command, ItsOutputIsOneLine) {
    EXPECT_EQ(one_line("a\r\nb\n\n\n c\x1b[2J\xff\n"), "a b  c?[2J?");
    EXPECT_EQ(one_line("\n\n"), "");
}

}  // namespace
}  // namespace runner
