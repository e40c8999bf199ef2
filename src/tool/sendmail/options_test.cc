#include "sendmail/options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sendmail/input.h"

namespace sendmail {
namespace {

using testing::ElementsAre;

std::expected<Options, std::string> parse(std::vector<std::string> words) {
    std::vector<char*> pointers;
    for (auto& word : words) pointers.push_back(word.data());
    return parse_options(pointers);
}

TEST(SendmailOptions, AsProgramsCallIt) {
    // mutt
    auto options = parse({"-oem", "-oi", "-f", "a@b.example", "--", "c@d.example", "-e@f.example"});
    ASSERT_TRUE(options) << options.error();
    EXPECT_EQ(options->sender, "a@b.example");
    EXPECT_FALSE(options->dot_ends);
    EXPECT_THAT(options->recipients, ElementsAre("c@d.example", "-e@f.example"));
    // PHP
    options = parse({"-t", "-i", "-fwww@b.example"});
    ASSERT_TRUE(options);
    EXPECT_TRUE(options->reads_recipients);
    EXPECT_EQ(options->sender, "www@b.example");
    // cron
    options = parse({"-FCronDaemon", "-i", "-B8BITMIME", "-oem", "root"});
    ASSERT_TRUE(options);
    EXPECT_EQ(options->full_name, "CronDaemon");
    EXPECT_EQ(options->body, smtp::BodyType::EightBitMime);
    EXPECT_THAT(options->recipients, ElementsAre("root"));
    // mailx, and letters in one word
    options = parse({"-tiv", "-r", "x@y.example"});
    ASSERT_TRUE(options);
    EXPECT_TRUE(options->reads_recipients);
    EXPECT_EQ(options->sender, "x@y.example");
}

TEST(SendmailOptions, DeliveryStatusNotifications) {
    const auto options = parse({"-N", "success,delay", "-Rhdrs", "-V", "id 1", "a@b.example"});
    ASSERT_TRUE(options) << options.error();
    EXPECT_EQ(options->notify, smtp::notify_success | smtp::notify_delay);
    EXPECT_EQ(options->ret, smtp::Return::Headers);
    EXPECT_EQ(options->envelope_id, "id 1");
    for (const auto& wrong : std::vector<std::vector<std::string>>{
             {"-N", "never,success"}, {"-Nsometimes"}, {"-Rbody"}, {"-V", "a\nb"}, {"-f"}, {"-bd"}, {"-bz"}, {"-Z"}})
        EXPECT_FALSE(parse(wrong)) << wrong.front();
}

TEST(SendmailOptions, WhatOthersIgnoreIsIgnored) {
    const auto options = parse({"-v",    "-m",       "-n",    "-x",    "-G",          "-U",   "-E",
                                "-J",    "-em",      "-Ac",   "-C",    "/etc/passwd", "-O",   "QueueDirectory=/tmp",
                                "-X",    "/tmp/log", "-L",    "tag",   "-h",          "3",    "-p",
                                "ESMTP", "-q",       "-q30m", "-d8.1", "-o7",         "-oee", "a@b.example"});
    ASSERT_TRUE(options) << options.error();
    EXPECT_THAT(options->recipients, ElementsAre("a@b.example"));
    EXPECT_TRUE(options->dot_ends);
}

TEST(SendmailOptions, ModesAndConfiguration) {
    EXPECT_EQ(parse({"-bs"})->mode, Mode::Converse);
    EXPECT_EQ(parse({"-bp"})->mode, Mode::ListQueue);
    EXPECT_EQ(parse({"-I"})->mode, Mode::NewAliases);
    EXPECT_EQ(parse({"--config", "x.toml", "-bm"})->configuration, "x.toml");
    EXPECT_EQ(parse({"--config=x.toml"})->configuration, "x.toml");
    EXPECT_EQ(parse({"--control-socket", "/run/x"})->control_socket, "/run/x");
    EXPECT_TRUE(parse({"--help"})->wants_help);
    EXPECT_FALSE(parse({"--config"}));
    EXPECT_THAT(parse({"a@b.example", "-t"})->recipients, ElementsAre("a@b.example", "-t"));
    EXPECT_THAT(parse({"-"})->recipients, ElementsAre("-"));
}

TEST(SendmailInput, TheLoneDotEndsItHoweverThePiecesFall) {
    const struct {
        std::string_view input, want;
        bool ended;
    } cases[] = {
        {"a\n.\nb\n", "a\n", true},
        {"a\r\n.\r\nb", "a\r\n", true},
        {".\n", "", true},
        {"..\n.a\n. \n", "..\n.a\n. \n", false},
        {"a.\nb", "a.\nb", false},
        {"a\n.", "a\n.", false},
        {"\n\n.\r", "\n\n.\r", false},
        {"", "", false},
    };
    for (const auto& [input, want, ended] : cases)
        for (std::size_t size = 1; size <= input.size() + 1; ++size) {
            DotEnd dot;
            std::string out;
            bool found = false;
            for (std::size_t at = 0; at < input.size() && !found; at += size)
                found = dot.take(input.substr(at, size), out);
            if (!found) dot.finish(out);
            EXPECT_EQ(out, want) << input;
            EXPECT_EQ(found, ended) << input;
        }
}

}  // namespace
}  // namespace sendmail
