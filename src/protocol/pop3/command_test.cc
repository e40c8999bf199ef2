#include "pop3/command.h"

#include <gtest/gtest.h>

namespace pop3 {
namespace {

template <typename Wanted>
Wanted parsed(std::string_view line) {
    const auto command = parse_command(line);
    EXPECT_TRUE(command) << line;
    if (!command || !std::holds_alternative<Wanted>(*command)) {
        ADD_FAILURE() << line;
        return Wanted{};
    }
    return std::get<Wanted>(*command);
}

// RFC 1939 §5, §7
TEST(Pop3Command, ReadsMessageNumbers) {
    EXPECT_EQ(parsed<Retr>("RETR 1").message, 1u);
    EXPECT_EQ(parsed<Dele>("dele 4294967295").message, 4'294'967'295u);
    EXPECT_EQ(parsed<Top>("ToP 3 0").lines, 0u);
    EXPECT_EQ(parsed<Top>("TOP 3 10").lines, 10u);
    EXPECT_EQ(parsed<List>("LIST").message, std::nullopt);
    EXPECT_EQ(parsed<List>("LIST ").message, std::nullopt);
    EXPECT_EQ(parsed<Uidl>("UIDL 007").message, 7u);
    // More than anybody has: answered like any number that is not there.
    EXPECT_EQ(parsed<Retr>("RETR 99999999999999999999").message, 4'294'967'295u);
}

TEST(Pop3Command, RefusesWhatIsNone) {
    struct Case {
        std::string_view line;
        SyntaxError want;
    };
    const Case cases[] = {
        {"", SyntaxError::UnknownCommand},
        {"XTND XMIT", SyntaxError::UnknownCommand},
        {" RETR 1", SyntaxError::UnknownCommand},
        {"RETR", SyntaxError::MissingArgument},
        {"RETR 0", SyntaxError::Zero},
        {"RETR -1", SyntaxError::NotANumber},
        {"RETR +1", SyntaxError::NotANumber},
        {"RETR 1x", SyntaxError::NotANumber},
        {"RETR 1 2", SyntaxError::UnwantedArgument},
        {"TOP 1", SyntaxError::MissingArgument},
        {"TOP 1 -1", SyntaxError::NotANumber},
        {"LIST x", SyntaxError::NotANumber},
        {"LIST 0", SyntaxError::Zero},
        {"DELE", SyntaxError::MissingArgument},
        {"STAT 1", SyntaxError::UnwantedArgument},
        {"QUIT now", SyntaxError::UnwantedArgument},
        {"USER", SyntaxError::MissingArgument},
        {"USER  ", SyntaxError::MissingArgument},
        {"PASS", SyntaxError::MissingArgument},
        {"APOP joe", SyntaxError::MissingArgument},
        {"AUTH PLAIN = =", SyntaxError::UnwantedArgument},
        {"AUTH PLAIN !!!!", SyntaxError::NotBase64},
        {"LANG en fr", SyntaxError::UnwantedArgument},
        {std::string_view("USER a\0b", 8), SyntaxError::StrangeCharacter},
        {"USER a\rSTAT", SyntaxError::StrangeCharacter},
    };
    for (const auto& [line, want] : cases) {
        SCOPED_TRACE(line);
        const auto command = parse_command(line);
        ASSERT_FALSE(command);
        EXPECT_EQ(command.error(), want);
        EXPECT_FALSE(describe(want).empty());
    }
}

// RFC 1939 §7: a password may have blanks in it, also around it.
TEST(Pop3Command, KeepsPasswordsAsTheyAre) {
    EXPECT_EQ(parsed<Pass>("PASS  two  words ").password, " two  words ");
    EXPECT_EQ(parsed<Pass>("PASS ").password, "");
    EXPECT_EQ(parsed<User>("USER  joe@example.org ").name, "joe@example.org");
    EXPECT_EQ(parsed<Apop>("APOP mrose c4c9334bac560ecc979e58001b3e22fb").name, "mrose");
}

// RFC 5034 §4
TEST(Pop3Command, ReadsAuth) {
    EXPECT_EQ(parsed<Auth>("AUTH").mechanism, "");
    EXPECT_EQ(parsed<Auth>("auth plain").mechanism, "PLAIN");
    EXPECT_EQ(parsed<Auth>("AUTH PLAIN").initial_response, std::nullopt);
    EXPECT_EQ(parsed<Auth>("AUTH EXTERNAL =").initial_response, "");
    EXPECT_EQ(parsed<Auth>("AUTH PLAIN AGEAYg==").initial_response, std::string("\0a\0b", 4));
    EXPECT_EQ(parse_sasl_response("").value(), "");
    EXPECT_FALSE(parse_sasl_response("===="));
    EXPECT_FALSE(parse_sasl_response("YWI"));
    EXPECT_FALSE(parse_sasl_response("YW I="));
}

// RFC 6856 §2.1, §3; RFC 2449 §5; RFC 2595 §4
TEST(Pop3Command, ReadsExtensions) {
    parsed<Capa>("CAPA");
    parsed<Stls>("STLS");
    parsed<Utf8>("UTF8");
    EXPECT_EQ(parsed<Lang>("LANG").tag, "");
    EXPECT_EQ(parsed<Lang>("LANG en-GB").tag, "en-GB");
}

}  // namespace
}  // namespace pop3
