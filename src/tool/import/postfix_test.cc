#include "import/postfix.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/parse.h"
#include "import/main_cf.h"

namespace import {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

using Texts = std::map<std::string, std::string>;

struct Outcome {
    Translation translation;
    std::string toml;
    std::string report;
};

Outcome translate(const std::string& main_cf, const Texts& files = {},
                  const std::string& mailboxes = "/etc/hermod/boxes") {
    const Reader named = [&](const std::string& path) -> std::expected<File, std::string> {
        const auto found = files.find(path);
        if (found == files.end()) return std::unexpected("no such file");
        return File{path, found->second};
    };
    Outcome outcome{
        .translation = translate_postfix({"/p/main.cf", main_cf}, mailboxes, named), .toml = {}, .report = {}};
    outcome.toml = to_toml(outcome.translation.draft, outcome.translation.report);
    outcome.report = to_text(outcome.translation.report);
    EXPECT_TRUE(config::parse_text(outcome.toml, "hermod.toml")) << outcome.toml;
    return outcome;
}

/// The settings of a domain: "users=false delimiters=\"+\""; "-": there is none.
std::string domain(const Outcome& outcome, const std::string& name) {
    const auto found = outcome.translation.draft.domains.find(name);
    if (found == outcome.translation.draft.domains.end()) return "-";
    std::string text;
    for (const auto& [key, value, origin] : found->second.settings)
        text += (text.empty() ? "" : " ") + key + "=" + value;
    return text;
}

std::string alias(const Outcome& outcome, const std::string& name) {
    const auto found = outcome.translation.draft.aliases.find(name);
    return found == outcome.translation.draft.aliases.end() ? "-" : quoted(found->second.targets);
}

std::string value(const Outcome& outcome, const std::string& table, const std::string& key) {
    const auto found = outcome.translation.draft.tables.find(table);
    if (found == outcome.translation.draft.tables.end()) return "-";
    for (const auto& setting : found->second)
        if (setting.key == key) return setting.value;
    return "-";
}

TEST(MainCf, ReadsAsPostfixDoes) {
    Report report;
    const auto main = MainCf::parse(
        {"main.cf",
         "# c\na = 1,\n   2\n# between\n\t3\nb=$a ${c} $(d)x$$y\nnothing\n  lost\nc = $e\ne = end\na2 = $a$"
         "\nround = $circle\ncircle = ${round}\nodd = ${a?b}\nmyhostname = mx.example.org\n"},
        report);
    const std::pair<std::string, std::string> cases[] = {
        {"a", "1, 2 3"},
        {"b", "1, 2 3 end x$y"},
        {"c", "end"},
        {"unset", ""},
        {"mydomain", "example.org"},
        {"mydestination", "mx.example.org, localhost.example.org, localhost"}};
    for (const auto& [name, want] : cases) EXPECT_EQ(main.value(name).value_or("?"), want) << name;
    EXPECT_EQ(main.origin("b").line, 6u);
    for (const auto* name : {"round", "odd", "a2"}) EXPECT_FALSE(main.value(name)) << name;
    ASSERT_EQ(report.remarks().size(), 1u);
    EXPECT_EQ(report.remarks()[0].origin.line, 7u);
    std::string bomb = "x0 = $none\n";
    for (int i = 1; i < 19; ++i) {
        bomb += "x" + std::to_string(i) + " =";
        for (int j = 0; j < 50; ++j) bomb += " $x" + std::to_string(i - 1);
        bomb += "\n";
    }
    EXPECT_FALSE(MainCf::parse({"main.cf", bomb}, report).value("x18"));
}

TEST(Postfix, DomainsBecomeWhatTheyAre) {
    const auto outcome = translate(
        "myhostname = mx.example.org\nmydestination = $myhostname, example.org, localhost, "
        "/p/more\nrecipient_delimiter = +\n"
        "relay_domains = gate.example\nvirtual_alias_domains = alias.example, old.example, mixed.example\n"
        "virtual_alias_maps = hash:/p/virtual, pcre:/p/odd\nvirtual_mailbox_domains = box.example\n"
        "virtual_mailbox_maps = lmdb:/p/boxes\nvirtual_mailbox_base = /var/mail/vhosts\n",
        {{"/p/more", "# more\nmore.example\n"},
         {"/p/virtual",
          "info@alias.example ann, eve@far.example\n@alias.example\tbob\n@old.example @example.org\n"
          "sales ann\n  carl\nx@nowhere.example ann\n@mixed.example @example.org\ny@mixed.example ann\n"
          "root@example.org ann@box.example\nbad@alias.example |/bin/x\n@gate.example ann\n"},
         {"/p/boxes", "ann@box.example box.example/ann/\nbob@box.example box.example/bob/\n"}});
    const std::pair<std::string, std::string> domains[] = {
        {"mx.example.org", "delimiters=\"+\" instructions=\"forward\""},
        {"example.org", "delimiters=\"+\" instructions=\"forward\""},
        {"more.example", "delimiters=\"+\" instructions=\"forward\""},
        {"localhost", "-"},
        {"gate.example", "relayed=true"},
        {".gate.example", "relayed=true"},
        {"alias.example", "users=false delimiters=\"+\" catch_all=\"bob\""},
        {"old.example", "same_as=\"example.org\""},
        {"mixed.example", "users=false delimiters=\"+\""},
        {"box.example", "mailboxes=\"/etc/hermod/boxes\" delimiters=\"+\""},
    };
    for (const auto& [name, want] : domains) EXPECT_EQ(domain(outcome, name), want) << name;
    const std::pair<std::string, std::string> aliases[] = {{"info@alias.example", "[\"ann\", \"eve@far.example\"]"},
                                                           {"sales", "[\"ann\", \"carl\"]"},
                                                           {"root@example.org", "[\"ann@box.example\"]"},
                                                           {"x@nowhere.example", "-"},
                                                           {"y@mixed.example", "[\"ann\"]"},
                                                           {"bad@alias.example", "-"}};
    for (const auto& [name, want] : aliases) EXPECT_EQ(alias(outcome, name), want) << name;
    EXPECT_THAT(outcome.translation.mailboxes, ElementsAre("ann@box.example", "bob@box.example"));
    EXPECT_EQ(value(outcome, "", "mail_directory"), "\"/var/mail/vhosts\"");
    for (const auto* line :
         {"the table pcre:/p/odd is not read", "x@nowhere.example is of no domain of ours",
          "/p/virtual:7: all of mixed.example", "bad@alias.example leads to", "gate.example is relayed"})
        EXPECT_THAT(outcome.report, HasSubstr(line));
}

TEST(Postfix, MailboxesWithoutAFileAreOnlyReported) {
    const auto outcome = translate("myhostname = mx.example.org\nvirtual_mailbox_domains = box.example\n", {}, "");
    EXPECT_EQ(domain(outcome, "box.example"), "users=false delimiters=\"\"");
    EXPECT_THAT(outcome.report, HasSubstr("--mailboxes"));
}

TEST(Postfix, AliasFilesAreNamedWhereTheyAreGood) {
    const auto main = [](std::string maps) { return "myhostname = mx.example.org\nalias_maps = " + maps + "\n"; };
    EXPECT_EQ(value(translate(main("hash:/p/a"), {{"/p/a", "root: ann\n"}}), "", "alias_files"), "[\"/p/a\"]");
    const auto bad = translate(main("hash:/p/a, nis:mail"),
                               {{"/p/a", "root ann\nx: :include:/none\ny: |/bin/z\ngood: ann, \\bob\n"}});
    EXPECT_EQ(value(bad, "", "alias_files"), "-");
    EXPECT_EQ(alias(bad, "good"), "[\"ann\", \"\\\\bob\"]");
    EXPECT_EQ(alias(bad, "y"), "-");
    for (const auto* line : {"/p/a:1: ", "/p/a:2: x: /none cannot be read", "/p/a:3: y: ", "the table nis:mail"})
        EXPECT_THAT(bad.report, HasSubstr(line));
    EXPECT_THAT(translate(main("hash:/none")).report, HasSubstr("/none cannot be read"));
}

TEST(Postfix, RoutesKeepTheirMeaning) {
    const auto outcome = translate(
        "myhostname = mx.example.org\nrelayhost = [smart.example]:587\nrelay_domains = gate.example\ntransport_maps = "
        "hash:/p/t\n",
        {{"/p/t",
          "gate.example relay:[10.0.0.1]\n.far.example smtp:[b.example]:26\nsoft.example smtp:mx.soft.example\n"
          "direct.example :\ngone.example error:5.1.2 gone\nnull.example discard:\nl.example lmtp:unix:/run/l\n"
          "l2.example lmtp:inet:[::1]:24\nmx.example.org smtp:[x]\nu@x.example smtp:[x]\nuu.example "
          "uucp:x\nbad.example smtp:[a b]\n"}});
    std::vector<std::string> routes;
    for (const auto& route : outcome.translation.draft.routes) routes.push_back(route.domain + " " + route.next_hop);
    EXPECT_THAT(routes, ElementsAre("direct.example mx", "far.example smart.example:587", "gate.example 10.0.0.1",
                                    "gone.example error:5.1.2 gone", "l.example lmtp:/run/l",
                                    "l2.example lmtp:[::1]:24", "null.example discard", "soft.example mx.soft.example",
                                    ".far.example b.example:26", "* smart.example:587"));
    for (const auto* line : {"/p/t:3: mx.soft.example itself", "/p/t:9: mail for mx.example.org ends here",
                             "/p/t:10: ", "/p/t:11: there is no way like", "/p/t:12: "})
        EXPECT_THAT(outcome.report, HasSubstr(line));
}

TEST(Postfix, SettingsKeepTheirMeaning) {
    const auto outcome = translate(
        "myhostname = mx.example.org\nmynetworks = !10.0.0.5, 10.0.0.0/29, [::1]/128 0.0.0.0/0 "
        "host.example\nhome_mailbox = Mail/dir/\n"
        "message_size_limit = 20480000\nmaximal_queue_lifetime = 2\nbounce_queue_lifetime = 12h\ndelay_warning_time = "
        "4\n"
        "smtpd_timeout = ${stress?{10}:{300}}s\nhopcount_limit = 5\nsmtpd_client_connection_count_limit = 0\n"
        "inet_interfaces = loopback-only, 192.0.2.1\ninet_protocols = ipv4\nluser_relay = ann\nlocal_recipient_maps =\n"
        "smtpd_tls_cert_file = /x\nsmtpd_recipient_restrictions = permit_mynetworks, reject\nwhatever_x = 1\n");
    const std::tuple<std::string, std::string, std::string> cases[] = {
        {"relay", "networks", "[\"10.0.0.0/30\", \"10.0.0.4/32\", \"10.0.0.6/31\", \"::1/128\"]"},
        {"local", "mailbox", "\"maildir\""},
        {"local", "maildir", "\"Mail/dir\""},
        {"limits", "message_size", "20480000"},
        {"queue", "lifetime", "\"2d\""},
        {"queue", "bounce_lifetime", "\"12h\""},
        {"queue", "delay_notice", "\"4h\""},
        {"smtp", "command_timeout", "-"},
        {"loops", "max_hops", "10"},
        {"limits", "connections_per_client", "-"},
    };
    for (const auto& [table, key, want] : cases) EXPECT_EQ(value(outcome, table, key), want) << key;
    EXPECT_EQ(domain(outcome, "mx.example.org"), "delimiters=\"\" instructions=\"forward\" catch_all=\"ann\"");
    ASSERT_EQ(outcome.translation.draft.listeners.size(), 2u);
    EXPECT_EQ(outcome.translation.draft.listeners[0].value, "\"127.0.0.1:25\"");
    for (const auto* line :
         {"/p/main.cf:2: everybody may relay", "\"host.example\" is no network", "/p/main.cf:8: smtpd_timeout",
          "hopcount_limit is 5", "smtpd_tls_cert_file: is not taken over; set certificate and key in [tls]",
          "whatever_x: is not taken over"})
        EXPECT_THAT(outcome.report, HasSubstr(line));
    EXPECT_THAT(outcome.toml, HasSubstr("# /p/main.cf:16: smtpd_recipient_restrictions: who may relay"));
    EXPECT_THAT(outcome.toml, ::testing::Not(HasSubstr("smtpd_tls_cert_file")));
}

TEST(Postfix, HostileValuesStayInTheirLines) {
    const auto outcome = translate(
        std::string(
            "myhostname = a\"b\x1b\nrecipient_delimiter = a\"\nmydestination = x\"y, \x01.example\n"
            "virtual_mailbox_base = relative\nvirtual_mailbox_domains = v.example\nvirtual_mailbox_maps = hash:/p/b\n"
            "a\0b = c\n= d\n",
            190),
        {{"/p/b", "../../x@v.example y\n@v.example all/\na\"b@v.example z\n"}});
    EXPECT_THAT(outcome.translation.mailboxes, IsEmpty());
    EXPECT_EQ(outcome.report.find('\x1b'), std::string::npos);
    EXPECT_EQ(value(outcome, "", "mail_directory"), "-");
}

}  // namespace
}  // namespace import
