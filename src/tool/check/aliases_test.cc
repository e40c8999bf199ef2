#include "check/aliases.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "check/load_all.h"
#include "check/rounds.h"

namespace check {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;
using ::testing::UnorderedElementsAre;

class Aliases : public ::testing::Test {
protected:
    Aliases() { std::filesystem::create_directories(folder_); }
    ~Aliases() override { std::filesystem::remove_all(folder_); }

    std::string write(const std::string& name, const std::string& text) {
        const auto path = (folder_ / name).string();
        std::ofstream(path) << text;
        return path;
    }
    /// The configuration with a name and a listener, from its third line on as given.
    std::expected<Configuration, config::Problems> load(const std::string& text) {
        return load_all(
            write("hermod.toml",
                  "hostname = \"mx.l.test\"\nlisten = [{protocol = \"smtp\", address = \"127.0.0.1:25\"}]\n" + text));
    }
    /// What is wrong, without the folder's name.
    std::vector<std::string> rounds(const std::string& text) {
        const auto loaded = load(text);
        if (!loaded) return {to_text(loaded.error().front())};
        std::vector<std::string> texts;
        DirectoryRecords records(loaded->master);
        for (const auto& problem : find_rounds(loaded->text, records))
            texts.push_back(without_folder(to_text(problem)));
        return texts;
    }
    std::string without_folder(std::string text) const {
        const auto prefix = folder_.string() + "/";
        for (auto at = text.find(prefix); at != text.npos; at = text.find(prefix)) text.erase(at, prefix.size());
        return text;
    }
    std::string path(const std::string& name) const { return (folder_ / name).string(); }

private:
    std::filesystem::path folder_ =
        std::filesystem::temp_directory_path() / ("hermod-aliases-" + std::to_string(::getpid()));
};

TEST_F(Aliases, AreReadFromFilesAndFilesOfMembers) {
    const auto members = write("members", "ann\ntwo words\n");
    const auto file = write("aliases", "team: :include:" + members + "\n");
    const auto loaded = load("alias_files = [\"" + file + "\"]\n");
    ASSERT_TRUE(loaded) << to_text(loaded.error().front());
    ASSERT_EQ(loaded->warnings.size(), 1u);
    EXPECT_EQ(without_folder(to_text(loaded->warnings[0])),
              "members:2:1: neither a name nor an address; this line is passed over");
    EXPECT_THAT(loaded->text, HasSubstr("two words"));
}

TEST_F(Aliases, ThatCannotBeReadAreProblems) {
    const auto file = write("aliases", "ok: ann\nwrong: a b\nteam: :include:/does/not/exist\n");
    const auto loaded = load("alias_files = [\"" + file + "\", \"/nowhere/aliases\"]\n");
    ASSERT_FALSE(loaded);
    std::vector<std::string> texts;
    for (const auto& problem : loaded.error()) texts.push_back(without_folder(to_text(problem)));
    EXPECT_THAT(texts, UnorderedElementsAre("aliases:2:1: neither a name nor an address",
                                            "aliases:3:1: team: \"/does/not/exist\" cannot be read",
                                            HasSubstr("hermod.toml:3:")));
}

TEST_F(Aliases, LeadToNoProgramFileOrFolderUnlessSomebodyRunsThem) {
    const auto members = write("members", "ann\n/srv/list/\n");
    const auto file = write("aliases", "index: \"|/bin/index\"\nold: /var/mail/old\nteam: :include:" + members + "\n");
    const auto loaded = load("alias_files = [\"" + file + "\"]\n");
    ASSERT_FALSE(loaded);
    std::vector<std::string> texts;
    for (const auto& problem : loaded.error()) texts.push_back(without_folder(to_text(problem)));
    const std::string why =
        " is no address: programs, files and folders of aliases need local.alias_user, the user as whom they are done";
    EXPECT_THAT(texts, UnorderedElementsAre(AllOf(StartsWith("aliases:1:1: index: "), EndsWith(why)),
                                            AllOf(StartsWith("aliases:2:1: old: "), EndsWith(why)),
                                            AllOf(StartsWith("members: team: "), HasSubstr("file of members"))));
    for (const std::string target : {"|/bin/x", "/var/mail/x", "/srv/x/"})
        EXPECT_FALSE(load("[aliases]\nann = [\"" + target + "\"]\n")) << target;
    const std::string user = "[local]\nalias_user = \"daemon\"\nalias_folders = [\"/srv/\"]\n";
    for (const std::string target : {"|/bin/x", "/srv/x", "/srv/a/b/"})
        EXPECT_TRUE(load(user + "[aliases]\nann = [\"" + target + "\"]\n")) << target;
    for (const std::string target : {"/srv", "/srvx/y", "/etc/passwd", "/home/x/"})
        EXPECT_FALSE(load(user + "[aliases]\nann = [\"" + target + "\"]\n")) << target;
    EXPECT_FALSE(load("[local]\nalias_user = \"root\"\n"));
}

TEST_F(Aliases, OfPatternsAreChecked) {
    const auto pattern = [&](const std::string& expression, const std::string& to) {
        return load("[[alias_pattern]]\npattern = '" + expression + "'\nto = ['" + to + "']\n").has_value();
    };
    EXPECT_TRUE(pattern("^sales-(.*)@l.test$", "\\1@far.test"));
    EXPECT_TRUE(pattern("^x@l.test$", "ann"));
    for (const auto& [expression, to] : {std::pair<std::string, std::string>{"(", "ann"},
                                         {"(a)", "\\2@far.test"},
                                         {"(.*)", "|/bin/x \\1"},
                                         {"(.*)", "/srv/\\1"},
                                         {"(.*)", ":include:/x"},
                                         {"(.*)", "a b"}})
        EXPECT_FALSE(pattern(expression, to)) << expression << " " << to;
}

TEST_F(Aliases, OfSettingsAreChecked) {
    for (const std::string text :
         {"[aliases]\n\"a b\" = [\"ann\"]\n", "[aliases]\nann = []\n", "[aliases]\nann = [\"a b\"]\n",
          "[aliases]\nann = [\"/etc/../x\"]\n", "alias_files = [\"etc/aliases\"]\n", "percent_domains = [\"a b\"]\n",
          "[domains.\"v.test\"]\nowner = \"a b\"\n", "[domains.\"v.test\"]\ndelimiters = \"a\"\n",
          "[domains.\"v.test\"]\ncatch_all = \"a@\"\n", "[domains.\"v.test\"]\nsame_as = \"l.test\"\nowner = \"ann\"\n",
          "[domains.\"..v.test\"]\n"})
        EXPECT_FALSE(load(text)) << text;
}

TEST_F(Aliases, ThatGoRoundAreNamedEdgeByEdge) {
    const auto members = write("members", "ann\nlist\n");
    const auto file = write("aliases", "# c\none: two\ntwo: one@v.test\nlist: :include:" + members + "\n");
    EXPECT_THAT(
        rounds("alias_files = [\"" + file +
               "\"]\n"
               "[aliases]\n\"one@v.test\" = [\"one\"]\nself = [\"self\"]\n[domains.\"v.test\"]\n"
               "[domains.\"x.test\"]\nsame_as = \"y.test\"\n[domains.\"y.test\"]\nsame_as = \"x.test\"\n"),
        UnorderedElementsAre(
            "members: mail goes round: list@mx.l.test (members) leads to list@mx.l.test",
            "aliases:2:1: mail goes round: one@mx.l.test (aliases:2) leads to two@mx.l.test (aliases:3) leads to "
            "one@v.test "
            "(hermod.toml:5) leads to one@mx.l.test",
            "hermod.toml:8:1: mail goes round: anybody@x.test (hermod.toml:8) leads to anybody@y.test (hermod.toml:10) "
            "leads to anybody@x.test"));
}

TEST_F(Aliases, RoutesToThisServerGoRound) {
    const std::string routes =
        "[[route]]\ndomain = \"far.test\"\nnext_hop = \"127.0.0.1\"\n"
        "[[route]]\ndomain = \"v.test\"\nnext_hop = \"127.0.0.1:25\"\n"
        "[[route]]\ndomain = \"*\"\nnext_hop = \"127.0.0.1:26\"\n[domains.\"v.test\"]\n";
    EXPECT_EQ(rounds(routes + "relayed = true\n").size(), 2u);
    EXPECT_THAT(rounds(routes),
                ElementsAre("hermod.toml:3:1: mail for far.test goes round: its route leads to 127.0.0.1, "
                            "where this server listens"));
}

TEST_F(Aliases, InGreatNumberRaiseNoFalseAlarm) {
    std::string aliases;
    for (int i = 0; i < 10'000; ++i) {
        const auto name = "n" + std::to_string(i);
        aliases += name + ": " + name + ", \\ann, n" + std::to_string(i + 1) + "@far.test, n" +
                   std::to_string(i / 2 + 30'000) + "\n";
    }
    const auto file = write("aliases", aliases);
    EXPECT_THAT(rounds("postmaster = \"ann\"\nalias_files = [\"" + file +
                       "\"]\n"
                       "[domains.\"v.test\"]\nowner = \"ann\"\n[domains.\"w.test\"]\ncatch_all = \"ann@v.test\"\n"
                       "[domains.\"x.test\"]\nsame_as = \"w.test\"\n"),
                IsEmpty());
}

}  // namespace
}  // namespace check
