#include "check/load_all.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "check/everything.h"
#include "config/load.h"
#include "directory/config.h"
#include "qmgr/config.h"
#include "smtpd/config.h"

namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

class LoadAll : public testing::Test {
protected:
    void SetUp() override {
        std::string pattern = testing::TempDir() + "hermod-check-XXXXXX";
        ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
        folder_ = pattern;
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }

    std::string write(const std::string& name, const std::string& text) {
        std::ofstream(folder_ / name) << text;
        return folder_ / name;
    }
    std::vector<std::string> complaints(const std::string& text) {
        const auto loaded = check::load_all(write("hermod.toml", text));
        std::vector<std::string> lines;
        if (loaded) return lines;
        for (const auto& problem : loaded.error())
            lines.push_back(to_text(problem).substr(folder_.string().size() + 1));
        return lines;
    }

    std::filesystem::path folder_;
};

TEST_F(LoadAll, GivesEachProcessWhatItNeeds) {
    write("boxes", "ann@v.test 5MB\n");
    write("more.toml", "[[route]]\ndomain = \"*\"\nnext_hop = \"127.0.0.1:10026\"\n");
    const auto loaded = check::load_all(write("hermod.toml", R"(
include = ["more.toml"]
hostname = "mx.v.test"
[[listen]]
protocol = "smtp"
address = "127.0.0.1:2525"
[limits]
message_size = "1MB"
[domains."v.test"]
mailboxes = ")" + (folder_ / "boxes").string() + "\"\n"));
    ASSERT_TRUE(loaded) << to_text(loaded.error()[0]);
    EXPECT_TRUE(loaded->warnings.empty());
    EXPECT_EQ(loaded->master.hostname, "mx.v.test");
    EXPECT_EQ(loaded->start_values.at("process.workers"), "0");
    EXPECT_EQ(loaded->start_values.at("dns.timeout"), "\"30s\"");
    EXPECT_FALSE(loaded->start_values.contains("limits.message_size"));
    EXPECT_EQ(config::load<smtpd::Config>(loaded->text).limits.message_size, 1u << 20);
    EXPECT_EQ(config::load<qmgr::Config>(loaded->text).route.at(0).next_hop, "127.0.0.1:10026");
    EXPECT_EQ(config::load<directory::Config>(loaded->text).domains.at("v.test").mailbox_list, "ann@v.test 5MB\n");
}

TEST_F(LoadAll, ReportsEverythingOnceInOrder) {
    EXPECT_THAT(
        complaints("hostname = \"mx.l.test\"\n[limits]\nconnections = 0\nmesage_size = 1\n[relay]\nport = \"x\"\n"),
        ElementsAre("hermod.toml:3:15: limits.connections: 0 is too small; 1 to 1000000 is allowed",
                    "hermod.toml:4:1: limits.mesage_size: there is no such setting; did you mean limits.message_size?",
                    "hermod.toml:6:8: relay.port: \"x\" is not usable; it must be an integer"));
}

TEST_F(LoadAll, RefusesWhatWouldNotServe) {
    struct Case {
        std::string text;
        std::string want;
    };
    const std::string top = "hostname = \"mx.l.test\"\n";
    const Case cases[] = {
        {top + "[[listen]]\nprotocol = \"imap\"\naddress = \"127.0.0.1:143\"\n",
         "listen.protocol: \"imap\" is not usable; it must be one of \"smtp\", \"lmtp\""},
        {top + "[[listen]]\nprotocol = \"smtp\"\naddress = \"127.0.0.1:25\"\n[[listen]]\nprotocol = \"lmtp\"\naddress "
               "= \"127.0.0.1:25\"\n",
         "127.0.0.1:25 is listened on twice"},
        {top + "[[listen]]\nprotocol = \"smtp\"\naddress = \"127.0.0.1:25\"\n[acme]\ndirectory = \"https://a.test/\"\n"
               "listen = [\"127.0.0.1:25\"]\n",
         "acme.listen: 127.0.0.1:25 is listened on twice"},
        {top + "[domains.\"a.test\"]\n[domains.\"A.test\"]\n", "is the same domain as \"a.test\""},
        {top + "[domains.\"a b\"]\n", "is no domain"},
        {top + "[domains.\"a.test\"]\ninstructions = \"qmail\"\nowner = \"ann\"\n", "but no users of this system"},
        {top + "[domains.\"a.test\"]\ninstructions = \"forward\"\nusers = false\n", "but no users of this system"},
        {top + "[domains.\"a.test\"]\nmailboxes = \"/nowhere/list\"\n", "\"/nowhere/list\" cannot be read"},
        {top + "[domains.\"a.test\"]\nmailbox_list = \"x@a.test\"\n", "there is no such setting"},
        {top + "[dns]\ntable = \"/nowhere/table\"\n", "\"/nowhere/table\" cannot be read"},
        {top + "[relay]\nnetworks = [\"0.0.0.0/0\"]\n", "send spam"},
        {top + "[[route]]\ndomain = \"*\"\n", "route.next_hop: is missing"},
        {top + "[queue]\nfirst_retry = \"2h\"\n", "first_retry (2h) is longer than longest_retry (1h, the default)"},
        {top + "[loops]\npolicy = \"drop\"\n", "it must be one of \"bounce\", \"discard\", \"hold\", \"deliver\""},
        {"hostname = \"mail\"\n", "fully qualified"},
        {top + "[relay]\nport = 99999\n", "relay.port: 99999 is too large; 1 to 65535 is allowed"},
        {top + "[nonsense]\n", "nonsense: there is no such setting; hermod.toml(5) lists what there is"},
    };
    for (const auto& [text, want] : cases) {
        SCOPED_TRACE(text);
        EXPECT_THAT(complaints(text), Contains(HasSubstr(want)));
    }
}

TEST_F(LoadAll, PointsIntoTheListOfMailboxes) {
    const std::string list = write("boxes", "ann@v.test\nbob\n");
    EXPECT_THAT(complaints("hostname = \"mx.v.test\"\n[domains.\"v.test\"]\nmailboxes = \"" + list + "\"\n"),
                ElementsAre(HasSubstr("boxes:2:1: bob: ")));
}

TEST_F(LoadAll, WarnsOfWhatIsHardlyMeant) {
    const std::string list = write("boxes", "ann@other.test\n");
    const auto loaded = check::load_all(
        write("hermod.toml", "hostname = \"mx.v.test\"\n[domains.\"v.test\"]\nmailboxes = \"" + list + "\"\n"));
    ASSERT_TRUE(loaded);
    EXPECT_EQ(loaded->warnings.size(), 3u);
}

TEST_F(LoadAll, WarnsOfAddressesWhoseMailGoesElsewhere) {
    const std::string list = write("boxes", "ann@v.test\nbob@w.test\ncarl@other.test\ndora@other.test\n");
    const std::string domain = "\"]\nmailboxes = \"" + list + "\"\n[domains.\"";
    const auto loaded = check::load_all(write("hermod.toml",
                                              "hostname = \"mx.v.test\"\n[[listen]]\nprotocol = "
                                              "\"smtp\"\naddress = \"127.0.0.1:25\"\n[domains.\"v.test" +
                                                  domain + "W.test" + domain + "z.test\"]\n"));
    ASSERT_TRUE(loaded) << to_text(loaded.error()[0]);
    ASSERT_EQ(loaded->warnings.size(), 2u);  // one for each domain that names the list
    for (const auto& warning : loaded->warnings) {
        EXPECT_THAT(warning.problem, HasSubstr("@other.test, but is not the list of other.test"));
        EXPECT_THAT(warning.remedy, HasSubstr("[domains.\"other.test\"]"));
    }
}

// A name that is only misspelt is not missing besides.
TEST_F(LoadAll, SaysOnceWhatIsWrongWithTheHostName) {
    EXPECT_THAT(complaints("hostnmae = \"mx.l.test\"\n"), ElementsAre(HasSubstr("did you mean hostname?")));
    EXPECT_THAT(complaints("[limits]\nhostname = \"mx.l.test\"\n"),
                ElementsAre(HasSubstr("hostname belongs above the first [table]")));
    const auto own = complaints("");
    EXPECT_LE(own.size(), 1u);  // missing, unless this machine has a name
}

template <typename Config>
void expect_reads(const config::Document& document) {
    const auto settings_read = config::read<Config>(document);
    if (settings_read) return;
    for (const auto& problem : settings_read.error()) ADD_FAILURE() << to_text(problem);
}

// A default that its own range forbids could be written down but not read back.
TEST(Everything, HasDefaultsThatAreAllowed) {
    std::string text;
    for (const auto& table : check::everything().members) {
        if (table.shape == config::Known::Shape::Value && !table.standard.empty())
            text += table.name + " = " + table.standard + "\n";
    }
    for (const auto& table : check::everything().members) {
        if (table.shape != config::Known::Shape::Table) continue;
        text += "[" + table.name + "]\n";
        for (const auto& value : table.members)
            if (!value.standard.empty()) text += value.name + " = " + value.standard + "\n";
    }
    const auto document = config::parse_text(text, "defaults");
    ASSERT_TRUE(document) << to_text(document.error()[0]);
    EXPECT_TRUE(config::unknown_keys(*document, check::everything()).empty());
    expect_reads<smtpd::Config>(*document);
    expect_reads<qmgr::Config>(*document);
    expect_reads<directory::Config>(*document);
}

}  // namespace
