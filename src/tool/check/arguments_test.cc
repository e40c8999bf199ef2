#include "check/arguments.h"

#include <gtest/gtest.h>

namespace {

struct Case {
    std::vector<std::string> words;
    std::optional<int> status;
    std::string complaint;
};

std::optional<int> parse(std::vector<std::string> words) {
    CLI::App app("Tests.", "hermod test");
    check::ConfigurationPath configuration;
    configuration.add_to(app);
    std::vector<char*> arguments{words.front().data()};
    for (std::size_t i = 1; i < words.size(); ++i) arguments.push_back(words[i].data());
    return check::parse(app, arguments);
}

// Under the command's name, in the order typed.
TEST(CheckArguments, AreRefusedInWords) {
    const Case cases[] = {
        {{"test", "--config", "x"}, std::nullopt, ""},
        {{"test", "x", "--confg"}, 2, "hermod test: not understood: x --confg; --help lists what it takes\n"},
        {{"test", "\x1b[0m"}, 2, "hermod test: not understood: \\x1b[0m; --help lists what it takes\n"},
    };
    for (const auto& [words, status, complaint] : cases) {
        testing::internal::CaptureStderr();
        const auto found = parse(words);
        EXPECT_EQ(testing::internal::GetCapturedStderr(), complaint);
        EXPECT_EQ(found, status);
    }
    testing::internal::CaptureStdout();
    EXPECT_EQ(parse({"test", "--help"}), 0);
    EXPECT_NE(testing::internal::GetCapturedStdout().find("--config"), std::string::npos);
    testing::internal::CaptureStderr();
    EXPECT_EQ(parse({"test", "--config"}), 2);
    EXPECT_TRUE(testing::internal::GetCapturedStderr().starts_with("hermod test: "));
}

// A queue was emptied that nobody had named: each verb has the option, and only the one that is called counts.
TEST(CheckArguments, WhatIsGivenCountsBeforeTheEnvironment) {
    struct {
        std::vector<std::string> words;
        std::string path;
    } const cases[] = {{{"list"}, "/environment"},
                       {{"list", "--config", "/given"}, "/given"},
                       {{"remove", "--config=/given"}, "/given"}};
    ::setenv("HERMOD_CONFIG", "/environment", 1);
    for (const auto& [words, path] : cases) {
        CLI::App app("Tests.", "hermod test");
        check::ConfigurationPath configuration;
        for (const char* verb : {"list", "remove", "show"}) configuration.add_to(*app.add_subcommand(verb));
        std::vector<std::string> all{"test"};
        all.insert(all.end(), words.begin(), words.end());
        std::vector<char*> arguments;
        for (auto& word : all) arguments.push_back(word.data());
        EXPECT_EQ(check::parse(app, arguments), std::nullopt);
        EXPECT_EQ(configuration.path, path);
    }
    ::unsetenv("HERMOD_CONFIG");
    EXPECT_EQ(check::ConfigurationPath().path, "/etc/hermod/hermod.toml");
}

}  // namespace
