#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dotqmail/address.h"
#include "dotqmail/instructions.h"

namespace dotqmail {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using Kind = Instruction::Kind;

std::string plan(std::string_view file, bool forwards_only = false) {
    const auto parsed = parse(file, forwards_only);
    if (!parsed.flaw.empty()) return "wait: " + parsed.flaw;
    if (parsed.is_empty) return "empty";
    std::string text;
    for (const auto& [kind, what] : parsed.list) {
        constexpr std::string_view names[] = {"program ", "forward ", "mbox ", "maildir "};
        text += (text.empty() ? "" : "; ") + std::string(names[static_cast<std::size_t>(kind)]) + what;
    }
    return text;
}

// dot-qmail(5)
TEST(DotQmail, IsRead) {
    const std::pair<std::string_view, std::string_view> cases[] = {
        {"", "empty"},
        {"# nothing\n", ""},
        {"#", ""},
        {"&ann@example.org\n", "forward ann@example.org"},
        {"ann@example.org", "forward ann@example.org"},
        {"&ann\n", "forward ann"},
        {"ann\n", "forward ann"},
        {"7up@example.org\n", "forward 7up@example.org"},
        {"& ann@example.org\n", "forward  ann@example.org"},
        {"|cat > /dev/null\n", "program cat > /dev/null"},
        {"| cat\n", "program  cat"},
        {"|\n", "program "},
        {"./Mailbox\n", "mbox ./Mailbox"},
        {"./Maildir/\n", "maildir ./Maildir"},
        {"./Maildir//\n", "maildir ./Maildir"},
        {"/var/mail/ann\n", "mbox /var/mail/ann"},
        {"/var/mail/ann/\n", "maildir /var/mail/ann"},
        {".hidden\n", "mbox .hidden"},
        {".\n", "mbox ."},
        {"./Maildir/  \t\n", "maildir ./Maildir"},
        {"&ann@example.org \n./Maildir/\n|x\n", "forward ann@example.org; maildir ./Maildir; program x"},
        {"#c\n\n  \n&a@b\n\n#d\n&c@d\n", "forward a@b; forward c@d"},
        {" &a@b\n", "forward  &a@b"},
        {"&a@b\r\n", "forward a@b\r"},
        {"+list\n&a@b\n", "forward a@b"},
        {"&a@b\n+list\n&c@d\n", "forward a@b; forward c@d"},
        {"./Maildir/\n+list\n&c@d\n", "maildir ./Maildir; forward c@d"},
        {"+other\n&a@b\n", "forward a@b"},
    };
    for (const auto& [file, want] : cases) EXPECT_EQ(plan(file), want) << file;
}

TEST(DotQmail, MakesMailWaitWhereSomethingIsWrong) {
    for (const std::string_view file : {"\n&a@b\n", " \n&a@b\n", "\t\n", "\n"})
        EXPECT_EQ(plan(file), "wait: the first line of the .qmail file is blank");
    for (const std::string_view file : {"|x\n", "./Maildir/\n", "/x\n", "&a@b\n|x\n", "&a@b\n./m\n"})
        EXPECT_EQ(plan(file, true), "wait: the .qmail file may only forward, but names a program or a file") << file;
    EXPECT_EQ(plan("&a@b\n#|x\n", true), "forward a@b");
    EXPECT_EQ(plan("+list\n|x\n"), "wait: the .qmail file may only forward, but names a program or a file");
    EXPECT_EQ(plan(std::string_view("&a\0b\n", 5)), "wait: the .qmail file has a NUL in it");
    std::string many;
    for (int i = 0; i < 10'001; ++i) many += "a\n";
    EXPECT_EQ(plan(many), "wait: the .qmail file has too many lines");
}

// qmail-command(8)
TEST(DotQmail, KnowsExitStatuses) {
    for (int status = 0; status < 256; ++status) {
        auto want = Verdict::NotNow;
        if (status == 0) want = Verdict::Done;
        if (status == 99) want = Verdict::Last;
        for (const int never : {100, 64, 65, 70, 76, 77, 78, 112})
            if (status == never) want = Verdict::Never;
        EXPECT_EQ(verdict_of(status), want) << status;
    }
}

std::string files(std::string_view extension, bool has_extension = true) {
    std::string text;
    for (const auto& [name, rest] : candidates(extension, has_extension))
        text += (text.empty() ? "" : " ") + name + (rest ? "[" + *rest + "]" : "");
    return text;
}

TEST(DotQmail, IsLookedForFromTheWholeToTheDefault) {
    EXPECT_EQ(files("", false), ".qmail");
    const std::pair<std::string_view, std::string_view> cases[] = {
        {"", ".qmail- .qmail-default[]"},
        {"a", ".qmail-a .qmail-default[a]"},
        {"a-b", ".qmail-a-b .qmail-a-default[b] .qmail-default[a-b]"},
        {"a-b-c", ".qmail-a-b-c .qmail-a-b-default[c] .qmail-a-default[b-c] .qmail-default[a-b-c]"},
        {"A-B", ".qmail-a-b .qmail-a-default[B] .qmail-default[A-B]"},
        {"a.b", ".qmail-a:b .qmail-default[a.b]"},
        {"../../etc", ".qmail-default[../../etc]"},
        {"a-", ".qmail-a- .qmail-a-default[] .qmail-default[a-]"},
        {"-a", ".qmail--a .qmail--default[a] .qmail-default[-a]"},
        {"Default", ".qmail-default[Default] .qmail-default[Default]"},
        {"a-xdefault", ".qmail-a-xdefault[default] .qmail-a-default[xdefault] .qmail-default[a-xdefault]"},
        {"a-b/c-d", ".qmail-a-default[b/c-d] .qmail-default[a-b/c-d]"},
        {"/", ".qmail-default[/]"},
        {"a/-b", ".qmail-default[a/-b]"},
        {"a+b", ".qmail-a+b .qmail-default[a+b]"},
        {"a=b", ".qmail-a=b .qmail-default[a=b]"},
    };
    for (const auto& [extension, want] : cases) EXPECT_EQ(files(extension), want) << extension;
    EXPECT_EQ(owner_files("list", true),
              std::pair(std::string(".qmail-list-owner"), std::string(".qmail-list-owner-default")));
    EXPECT_EQ(owner_files("", false), std::pair(std::string(".qmail-owner"), std::string(".qmail-owner-default")));
    EXPECT_EQ(owner_files("A.b", true).first, ".qmail-a:b-owner");
}

Recipient recipient() {
    return {.user = "ann",
            .home = "/home/ann",
            .local = "ann-a-b-c-d",
            .host = "w.x.example.org",
            .extension = "a-b-c-d",
            .rest = "c-d",
            .sender = "bob@example.net",
            .new_sender = "ann-a-owner@w.x.example.org",
            .from_line = "From bob@example.net Mon Nov 23 00:00:00 2026"};
}

TEST(DotQmail, TellsProgramsWhoAndWhere) {
    EXPECT_THAT(
        environment(recipient()),
        ElementsAre("DEFAULT=c-d", "DTLINE=Delivered-To: ann-a-b-c-d@w.x.example.org\n", "EXT2=b-c-d", "EXT3=c-d",
                    "EXT4=d", "EXT=a-b-c-d", "HOME=/home/ann", "HOST2=w.x.example", "HOST3=w.x", "HOST4=w",
                    "HOST=w.x.example.org", "LOCAL=ann-a-b-c-d", "NEWSENDER=ann-a-owner@w.x.example.org",
                    "RECIPIENT=ann-a-b-c-d@w.x.example.org", "RPLINE=Return-Path: <bob@example.net>\n",
                    "SENDER=bob@example.net", "UFLINE=From bob@example.net Mon Nov 23 00:00:00 2026\n", "USER=ann"));
    auto plain = recipient();
    plain.extension = "a", plain.host = "localhost";
    for (const auto* line : {"EXT2=", "EXT3=", "EXT4=", "HOST2=localhost", "HOST4=localhost"})
        EXPECT_THAT(environment(plain), Contains(line));
    plain.rest = "";
    EXPECT_THAT(environment(plain), Contains("DEFAULT="));
    plain.rest.reset();
    EXPECT_EQ(environment(plain).size(), 17u) << "no DEFAULT where the file is for the whole";
}

TEST(DotQmail, GivesForwardsTheirOwner) {
    struct Case {
        std::string_view sender;
        bool has_owner;
        bool has_owner_default;
        std::string_view want;
    };
    for (const auto& [sender, has_owner, has_owner_default, want] :
         {Case{"bob@example.net", false, false, "bob@example.net"},
          Case{"bob@example.net", false, true, "bob@example.net"},
          Case{"bob@example.net", true, false, "ann-list-owner@example.org"},
          Case{"bob@example.net", true, true, "ann-list-owner-@example.org-@[]"}, Case{"", true, true, ""},
          Case{"#@[]", true, true, "#@[]"}}) {
        auto made = recipient();
        made.local = "ann-list", made.host = "example.org", made.sender = sender;
        EXPECT_EQ(new_sender(made, has_owner, has_owner_default), want);
    }
}

TEST(DotQmail, MakesOutVariableSenders) {
    const std::tuple<std::string_view, std::string_view, std::string_view> cases[] = {
        {"list-owner-@host.example-@[]", "bob@example.net", "list-owner-bob=example.net@host.example"},
        {"list-owner-@host.example-@[]", "a@b@example.net", "list-owner-a@b=example.net@host.example"},
        {"list-owner@host.example", "bob@example.net", "list-owner@host.example"},
        {"", "bob@example.net", ""},
        {"#@[]", "bob@example.net", "#@[]"},
        {"list-owner-@host.example-@[]", "bob", "list-owner-@host.example-@[]"},
        {"x-@[]", "bob@example.net", "x-@[]"},
    };
    for (const auto& [sender, recipient, want] : cases) EXPECT_EQ(expand_sender(sender, recipient), want) << sender;
}

}  // namespace
}  // namespace dotqmail
