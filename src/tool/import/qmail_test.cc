#include "import/qmail.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/parse.h"

namespace import {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

using Texts = std::map<std::string, std::string>;

/// "/q/control/locals:2: …" for each remark, and the configuration.
struct Outcome {
    std::string toml;
    std::string report;
};

Outcome translate(const Texts& control, const Texts& aliases = {}, const Texts& others = {}) {
    QmailSite site{.folder = "/q", .control = {}, .aliases = {}, .assign = {}, .clients = {}, .spamdyke = {}};
    for (const auto& [name, text] : control) site.control[name] = {"/q/control/" + name, text};
    for (const auto& [name, text] : aliases)
        site.aliases[extension_of(name)] = {.file = {"/q/alias/" + name, text}, .is_executable = false};
    for (const auto& [name, text] : others) {
        const File file{"/q/" + name, text};
        if (name == "assign") site.assign = file;
        if (name == "tcp.smtp") site.clients = file;
        if (name == "spamdyke.conf") site.spamdyke = file;
    }
    const auto translation = translate_qmail(site, [](const std::string& path) -> std::expected<File, std::string> {
        if (path == "/q/relays") return File{path, "# ours\n198.51.100\n"};
        return std::unexpected("no such file");
    });
    return {to_toml(translation.draft, translation.report), to_text(translation.report)};
}

/// "PATTERN target": the [[alias_pattern]] tables.
std::string patterns(const Outcome& outcome) {
    const auto document = config::parse_text(outcome.toml, "hermod.toml");
    EXPECT_TRUE(document) << outcome.toml;
    const auto* tables = document ? document->root.find("alias_pattern") : nullptr;
    std::string text;
    for (const auto& table : tables ? tables->items : std::vector<config::Node>())
        text += (text.empty() ? "" : ", ") + table.find("pattern")->text + " " + table.find("to")->items.at(0).text;
    return text;
}

/// The table of a domain, without comments: "owner = \"ann\"\ndelimiters = \"\"\n"; "-": there is none.
std::string domain(const Outcome& outcome, const std::string& name) {
    const auto document = config::parse_text(outcome.toml, "hermod.toml");
    EXPECT_TRUE(document) << outcome.toml;
    if (!document) return "?";
    const auto* domains = document->root.find("domains");
    const auto* found = domains ? domains->find(name) : nullptr;
    if (!found) return "-";
    std::string text;
    for (const auto& member : found->members)
        text += (text.empty() ? "" : " ") + member.key + "=" +
                (member.value.kind == config::Node::Kind::Boolean ? (member.value.truth ? "true" : "false")
                                                                  : member.value.text);
    return text;
}

std::string value(const Outcome& outcome, const std::string& table, const std::string& key) {
    const auto document = config::parse_text(outcome.toml, "hermod.toml");
    if (!document) return "?";
    const auto* found = &document->root;
    for (std::string_view rest = table; found && !rest.empty();) {
        const auto name = rest.substr(0, rest.find('.'));
        found = found->find(name);
        rest.remove_prefix(std::min(name.size() + 1, rest.size()));
    }
    found = found ? found->find(key) : nullptr;
    if (!found) return "-";
    if (found->kind == config::Node::Kind::Integer) return std::to_string(found->integer);
    std::string text = found->text;
    for (const auto& item : found->items) text += (text.empty() ? "" : " ") + item.text;
    return text;
}

std::vector<std::string> routes(const Outcome& outcome) {
    std::vector<std::string> found;
    const auto document = config::parse_text(outcome.toml, "hermod.toml");
    const auto* tables = document ? document->root.find("route") : nullptr;
    if (!tables) return found;
    for (const auto& table : tables->items)
        found.push_back(table.find("domain")->text + " " + table.find("next_hop")->text);
    return found;
}

TEST(Qmail, DomainsBecomeWhatTheyAre) {
    const auto outcome = translate({{"me", "Mail.Example.ORG\n"},
                                    {"locals", "mail.example.org \nlocalhost\n# c\n\nexample.org\nbad..name\n"},
                                    {"rcpthosts",
                                     "mail.example.org\nexample.org\nvirt.example\n.wild.example\n"
                                     "listed.example\nsecond.example\n.gate.example\nsingle.example\n"
                                     "a.wild.example\n"},
                                    {"morercpthosts", "more.example\n"},
                                    {"virtualdomains",
                                     "virt.example:ann\n.wild.example:bob-lists\nlisted.example:alias-listed\n"
                                     "info@single.example:ann\nhidden.example:ann\nexcept.wild.example:\n"
                                     "x@virt.example:\nnonsense\n"}},
                                   {{".qmail-listed-sales", "&ann\n&eve@far.example\n"},
                                    {".qmail-listed-first:last", "ann\n"},
                                    {".qmail-listed-default", "bob\n"},
                                    {".qmail-listed-x-default", "carl\n"}});
    const std::pair<std::string, std::string> cases[] = {
        {"mail.example.org", "delimiters=- instructions=qmail"},
        {"example.org", "delimiters=- instructions=qmail"},
        {"localhost", "-"},
        {"virt.example", "owner=ann delimiters="},
        {".wild.example", "owner=bob-lists delimiters="},
        {"a.wild.example", "-"},
        {"listed.example", "users=false delimiters=- catch_all=bob"},
        {"second.example", "-"},
        {"more.example", "relayed=true"},
        {".gate.example", "relayed=true"},
        {"single.example", "relayed=true"},
        {"hidden.example", "owner=ann delimiters="},
        {"except.wild.example", "relayed=true"},
    };
    for (const auto& [name, want] : cases)
        EXPECT_EQ(domain(outcome, name), name == "second.example" ? "relayed=true" : want) << name;
    EXPECT_EQ(value(outcome, "", "hostname"), "mail.example.org");
    EXPECT_EQ(value(outcome, "aliases", "sales@listed.example"), "ann eve@far.example");
    EXPECT_EQ(value(outcome, "aliases", "first.last@listed.example"), "ann");
    EXPECT_EQ(value(outcome, "aliases", "x@listed.example"), "carl");
    EXPECT_EQ(value(outcome, "aliases", "info@single.example"), "ann-info");
    for (const auto* line :
         {"/q/control/locals:6: \"bad..name\" is no domain", "hidden.example is not in rcpthosts",
          "/q/control/virtualdomains:8: has no \":\"", "/q/control/virtualdomains:7: x@virt.example is an exception"})
        EXPECT_THAT(outcome.report, HasSubstr(line));
}

TEST(Qmail, ACatchAllOfAllDomainsIsThatOfThoseWeAccept) {
    const auto outcome = translate({{"me", "m.example.org"},
                                    {"rcpthosts", "m.example.org\none.example\ntwo.example\n"},
                                    {"virtualdomains", "one.example:\n:ann\n"}});
    EXPECT_EQ(domain(outcome, "one.example"), "relayed=true");
    EXPECT_EQ(domain(outcome, "two.example"), "owner=ann delimiters=");
    EXPECT_THAT(outcome.report, HasSubstr("mail of our clients to any other domain went to ann"));
}

TEST(Qmail, FilesOfAliasBecomeAliases) {
    const auto outcome = translate({{"me", "m.example.org"}, {"rcpthosts", "m.example.org"}},
                                   {{".qmail-loop", "&loop@other.example\n"},
                                    {".qmail-Postmaster", "# comes to\nann\n"},
                                    {".qmail-root", ""},
                                    {".qmail-script", "|./run\n"},
                                    {".qmail-archive", "&ann\n/var/mail/archive\n"},
                                    {".qmail-default", "&ann\n&bob\n"},
                                    {".qmail-list", "eve@far.example\n"},
                                    {".qmail-list-owner", "ann\n"},
                                    {".qmail-blank", "\nann\n"},
                                    {".qmail-bad", "&a b@x\n"},
                                    {".qmail-fast", "|fastforward -d /etc/aliases.cdb\n"}});
    const std::pair<std::string, std::string> cases[] = {{"loop", "loop@other.example"},
                                                         {"postmaster", "ann"},
                                                         {"root", "-"},
                                                         {"script", "|./run"},
                                                         {"archive", "ann /var/mail/archive"},
                                                         {"list", "eve@far.example"},
                                                         {"default", "ann bob"},
                                                         {"list-owner", "ann"},
                                                         {"blank", "-"},
                                                         {"bad", "-"}};
    for (const auto& [name, want] : cases) EXPECT_EQ(value(outcome, "aliases", name), want) << name;
    EXPECT_EQ(domain(outcome, "m.example.org"), "delimiters=- instructions=qmail catch_all=default");
    for (const auto* line : {".qmail-root: is empty", ".qmail-archive: writes outside of ~alias: /var/mail/archive",
                             ".qmail-blank: qmail delivered nothing", ".qmail-bad: forwards to", "alias_files",
                             "errors of the list list go to the sender"})
        EXPECT_THAT(outcome.report, HasSubstr(line));
}

TEST(Qmail, AssignmentsThatAreNaturalSayNothing) {
    const auto outcome = translate({{"me", "m.example.org"},
                                    {"rcpthosts", "m.example.org\nv.example\nw.example\n"},
                                    {"virtualdomains", "v.example:lists\nw.example:w.example\n"}},
                                   {},
                                   {{"assign",
                                     "=ann:ann:1000:100:/home/ann:::\n+ann-:ann:1000:100:/home/ann:-::\n"
                                     "=info:ann:1000:100:/home/ann:::\n=shop:ann:1000:100:/home/ann:-:shop:\n"
                                     "+lists-:mail:8:8:/var/mail:-::\n+w.example-:w.example:89:89:/home/vpopmail/"
                                     "domains/w.example:-::\n+:alias:7:7:/q/alias:-::\nbroken\n.\n=late:x:1:1:/::\n"}});
    EXPECT_EQ(value(outcome, "aliases", "ann"), "-");
    EXPECT_EQ(value(outcome, "aliases", "info"), "\\ann");
    EXPECT_EQ(value(outcome, "aliases", "shop"), "ann-shop");
    EXPECT_EQ(value(outcome, "aliases", "late"), "-");
    EXPECT_EQ(domain(outcome, "v.example"), "owner=mail delimiters=");
    EXPECT_EQ(domain(outcome, "w.example"), "users=false");
    EXPECT_THAT(outcome.report, HasSubstr("as vpopmail has them"));
    EXPECT_THAT(outcome.report, HasSubstr("/q/assign:8: is no line"));
    EXPECT_EQ(patterns(outcome), "^lists\\-(.*)@(?:m\\.example\\.org)$ mail-\\1");
}

// qmail-users(5): the longest prefix counts.
TEST(Qmail, PrefixesOfAssignArePatternsTheLongestFirst) {
    const auto outcome = translate({{"me", "m.example.org"}, {"locals", "m.example.org\nb.example\n"}}, {},
                                   {{"assign",
                                     "+A+:ann:1:1:/home/ann:-:plus-:\n+a+long:bob:1:1:/home/bob:-:x:\n"
                                     "+all-:ann:1:1:/home/ann:::\n.\n"}});
    EXPECT_EQ(patterns(outcome),
              "^a\\+long(.*)@(?:b\\.example|m\\.example\\.org)$ bob-x\\1, "
              "^all\\-(.*)@(?:b\\.example|m\\.example\\.org)$ ann, "
              "^a\\+(.*)@(?:b\\.example|m\\.example\\.org)$ ann-plus-\\1");
}

TEST(Qmail, RoutesKeepTheirMeaning) {
    const auto outcome = translate({{"me", "m.example.org"},
                                    {"smtproutes",
                                     ":smart.example:2525\n.inner.example:[10.0.0.1]\na.inner.example:\n"
                                     ".far.a.example:b.example\nx.example:relay.example|me|secret\n"
                                     "bad domain:y\nz.example:ho st\nnothing\nx.example:second.example\n"}});
    EXPECT_EQ(routes(outcome), (std::vector<std::string>{"a.inner.example mx", "far.a.example smart.example:2525",
                                                         "inner.example smart.example:2525", "x.example relay.example",
                                                         ".far.a.example b.example", ".inner.example 10.0.0.1",
                                                         "* smart.example:2525"}));
    EXPECT_THAT(outcome.report, Not(HasSubstr("secret")));
    for (const auto* line : {"smtproutes:5: the name and password", "smtproutes:6:", "smtproutes:7:", "smtproutes:8:"})
        EXPECT_THAT(outcome.report, HasSubstr(line));
}

TEST(Qmail, NumbersStayWithinOurBounds) {
    const auto outcome = translate({{"me", "m.example.org"},
                                    {"databytes", "20000000\n"},
                                    {"queuelifetime", "604800"},
                                    {"concurrencylocal", "5000"},
                                    {"concurrencyremote", "0"},
                                    {"timeoutconnect", "x"},
                                    {"timeoutsmtpd", "1200"},
                                    {"timeoutremote", "99999999999999999999"}});
    EXPECT_EQ(value(outcome, "limits", "message_size"), "20000000");
    EXPECT_EQ(value(outcome, "queue", "lifetime"), "7d");
    EXPECT_EQ(value(outcome, "local", "deliveries"), "1000");
    EXPECT_EQ(value(outcome, "relay", "connections"), "-");
    EXPECT_EQ(value(outcome, "smtp", "command_timeout"), "20m");
    for (const auto* line : {"concurrencylocal is 5000", "0 was no delivery", "\"x\" is no number"})
        EXPECT_THAT(outcome.report, HasSubstr(line));
}

// control/spf… of the SPF patch, control/srs_… of the SRS patch.
TEST(Qmail, SendersAreCheckedAndRewrittenAsBefore) {
    const auto outcome = translate({{"me", "m.example.org"},
                                    {"spfbehavior", "3\n"},
                                    {"spfrules", "include:ours.example\n"},
                                    {"spfguess", "v=spf1 a/24 mx/24 ptr ?all\n"},
                                    {"spfexp", "%{i} may not send for %{d}\n"},
                                    {"srs_domain", "SRS.example.org\n"},
                                    {"srs_secrets", "secret\n"}});
    EXPECT_EQ(value(outcome, "spf", "behavior"), "3");
    EXPECT_EQ(value(outcome, "spf", "local_rules"), "include:ours.example");
    EXPECT_EQ(value(outcome, "spf", "guess"), "v=spf1 a/24 mx/24 ptr ?all");
    EXPECT_EQ(value(outcome, "spf", "explanation"), "%{i} may not send for %{d}");
    EXPECT_EQ(value(outcome, "srs", "rewrite"), "always");
    EXPECT_EQ(value(outcome, "srs", "domain"), "srs.example.org");
    EXPECT_THAT(outcome.report, HasSubstr("set srs.secret_file"));
    const auto wrong = translate({{"me", "m.example.org"},
                                  {"spfbehavior", "7"},
                                  {"spfrules", "nonsense"},
                                  {"spfexp", "%{q}"},
                                  {"srs_domain", "-x"}});
    for (const auto* key : {"behavior", "local_rules", "explanation"}) EXPECT_EQ(value(wrong, "spf", key), "-") << key;
    EXPECT_EQ(value(wrong, "srs", "rewrite"), "-");
    for (const auto* name : {"spfbehavior:1:", "spfrules:1:", "spfexp:1:", "srs_domain:1:"})
        EXPECT_THAT(wrong.report, HasSubstr(name));
}

TEST(Qmail, WhoMayRelayIsWhoCould) {
    struct Case {
        std::string rules;
        std::string want;
    };
    const Case cases[] = {
        {"127.:allow,RELAYCLIENT=\"\"\n:allow\n", "127.0.0.0/8"},
        {"192.168.1.4-5:allow,RELAYCLIENT=''\n", "192.168.1.4/32 192.168.1.5/32"},
        {"10.:allow,RELAYCLIENT=\"\"\n10.128-255.:allow\n", "10.0.0.0/9"},
        {"192.0.2.:allow,RELAYCLIENT=\"\",DATABYTES=\"9\"\n192.0.2.128/25:deny\n", "192.0.2.0/25"},
        {":allow,RELAYCLIENT=\"\"\n", ""},
        {"2001:db8::/32:allow,RELAYCLIENT=\"\"\n", "2001:db8::/32"},
        {"192.0.2:allow,RELAYCLIENT=\"\"\n=host.example:allow,RELAYCLIENT=\"\"\nx\n1.2.3.4:allow,RELAYCLIENT\n", ""},
        {"1.2.3.4:deny,RELAYCLIENT=\"\"\n", ""},
    };
    for (const auto& [rules, want] : cases)
        EXPECT_EQ(value(translate({{"me", "m.example.org"}}, {}, {{"tcp.smtp", rules}}), "relay", "networks"), want)
            << rules;
    const auto open = translate({{"me", "m.example.org"}}, {}, {{"tcp.smtp", ":allow,RELAYCLIENT=\"\"\n"}});
    EXPECT_THAT(open.report, HasSubstr("/q/tcp.smtp:1: everybody may relay"));
    EXPECT_EQ(value(translate({{"me", "m.example.org"}}), "relay", "networks"), "-");
}

/// "192.0.2.0/24 deny text": the [[client]] tables.
std::string clients(const Outcome& outcome) {
    const auto document = config::parse_text(outcome.toml, "hermod.toml");
    EXPECT_TRUE(document) << outcome.toml;
    const auto* tables = document ? document->root.find("client") : nullptr;
    std::string text;
    for (const auto& table : tables ? tables->items : std::vector<config::Node>()) {
        text += text.empty() ? "" : ", ";
        for (const auto& member : table.members)
            text += (member.key == "network" ? "" : " ") +
                    (member.key == "connections" ? fmt::to_string(member.value.integer) : member.value.text);
    }
    return text;
}

TEST(Qmail, WhoWasRefusedIsRefused) {
    struct Case {
        std::string rules;
        std::string spamdyke;
        std::string want;
    };
    const Case cases[] = {
        {"192.0.2.:deny\n:allow\n", "", "192.0.2.0/24 deny"},
        {"192.0.2.7:allow\n192.0.2.:deny\n198.51.100.1:allow\n", "", "192.0.2.0/24 deny, 192.0.2.7/32"},
        {"10.:allow,RELAYCLIENT=\"\"\n:deny\n", "", "0.0.0.0/0 deny, 10.0.0.0/8, ::/0 deny"},
        {"192.0.2.8-9:deny\n", "", "192.0.2.8/32 deny, 192.0.2.9/32 deny"},
        {"1.2.3.4:allow,RBLSMTPD=\"-go away\"\n1.2.3.5:allow,RBLSMTPD=\"later\"\n1.2.3.6:allow,RBLSMTPD=\"\"\n", "",
         "1.2.3.4/32 deny go away, 1.2.3.5/32 defer later"},
        {"1.2.3.:allow,MAXCONNIP=\"3\"\n1.2.3.4:allow\n", "", "1.2.3.0/24 3, 1.2.3.4/32"},
        {"1.2.3.4:deny\n1.2.3.4:allow\n", "", "1.2.3.4/32 deny"},
        {"=bad.example:deny\n", "", ""},
        {"", "ip-blacklist-entry=10.1\nip-whitelist-entry=10.1.0.0/17\n",
         "10.1.128.0/17 deny Refused. Your IP address is blacklisted."},
        {"10.1.2.3:allow\n10.1.2.:deny\n",
         "rejection-text-ip-blacklist=no\nip-blacklist-file=/q/relays\nip-blacklist-entry=10.1\n",
         "10.1.0.0/16 deny no, 198.51.100.0/24 deny no"},
    };
    for (const auto& [rules, spamdyke, want] : cases)
        EXPECT_EQ(clients(translate({{"me", "m.example.org"}}, {}, {{"tcp.smtp", rules}, {"spamdyke.conf", spamdyke}})),
                  want)
            << rules << spamdyke;
    const auto named = translate({{"me", "m.example.org"}}, {}, {{"tcp.smtp", "=bad.example:deny\n"}});
    EXPECT_THAT(named.report, HasSubstr("/q/tcp.smtp:1: \"=bad.example\" is no network"));
}

TEST(Qmail, SpamdykeSaysWhoMayRelayAndWhatIsForeseen) {
    const auto outcome =
        translate({{"me", "m.example.org"}}, {},
                  {{"spamdyke.conf",
                    "# c\nip-relay-entry=10.1\nip-relay-entry=10.1.2.3\nip-relay-entry=!10.1.128.0/17\n"
                    "ip-relay-file=/q/relays\nip-relay-file=/none\nmax-recipients=50\nidle-timeout-secs=60\n"
                    "dns-blacklist-entry=zen.example\nreject-empty-rdns\ngraylist-level=always\nwhatever=1\n"
                    "tls-certificate-file=/x\n"}});
    EXPECT_EQ(value(outcome, "relay", "networks"), "10.1.0.0/17 198.51.100.0/24");
    EXPECT_EQ(value(outcome, "limits", "recipients"), "100");
    EXPECT_EQ(value(outcome, "smtp", "data_timeout"), "1m");
    for (const auto* line : {"spamdyke.conf:6: /none cannot be read", "spamdyke.conf:11: graylist-level",
                             "spamdyke.conf:12: \"whatever\" is no option", "spamdyke.conf:13: tls-certificate-file"})
        EXPECT_THAT(outcome.report, HasSubstr(line));
    EXPECT_THAT(outcome.toml, HasSubstr("# /q/spamdyke.conf:11: graylist-level"));
}

TEST(Qmail, SpamdykesFiltersBecomeScreening) {
    const auto outcome = translate(
        {{"me", "m.example.org"}}, {},
        {{"spamdyke.conf",
          "reject-empty-rdns=yes\nreject-unresolvable-rdns\nreject-unresolvable-rdns=no\nreject-sender=no-mx\n"
          "reject-sender=not-local\nreject-ip-in-cc-rdns\nip-in-rdns-keyword-blacklist-entry=dsl\n"
          "ip-in-rdns-keyword-blacklist-entry=dyn\nip-in-rdns-keyword-blacklist-entry=!dsl\n"
          "ip-in-rdns-keyword-whitelist-entry=static\ndns-blacklist-entry=old.example\ndns-blacklist-entry=!!!\n"
          "dns-blacklist-entry=zen.example\ndns-blacklist-entry=..\nrhs-blacklist-entry=dbl.example\n"
          "dns-whitelist-entry=good.example\ngreeting-delay-secs=45\nconnection-timeout-secs=3600\n"
          "rhs-blacklist-file=/none\n"}});
    EXPECT_EQ(value(outcome, "screening.no_name", "action"), "reject");
    EXPECT_EQ(value(outcome, "screening.unresolved_name", "action"), "-") << "taken back";
    EXPECT_EQ(value(outcome, "screening.sender_domain", "action"), "reject");
    EXPECT_EQ(value(outcome, "screening.address_in_name", "keywords"), "dyn");
    EXPECT_EQ(value(outcome, "screening.address_in_name", "not_keywords"), "static");
    EXPECT_EQ(value(outcome, "smtp", "greeting_pause"), "30s") << "no longer than that";
    EXPECT_EQ(value(outcome, "smtp", "session_time"), "1h");
    for (const auto* list : {"{ zone = \"good.example\", of = \"client\", allows = true, action = \"record\" }",
                             "{ zone = \"zen.example\", of = \"client\", action = \"reject\" }",
                             "{ zone = \"dbl.example\", of = \"name\", action = \"reject\" }",
                             "{ zone = \"dbl.example\", of = \"sender\", action = \"reject\" }"})
        EXPECT_THAT(outcome.toml, HasSubstr(list));
    EXPECT_THAT(outcome.toml, Not(HasSubstr("old.example")));
    for (const auto* line : {"spamdyke.conf:5: reject-sender=not-local", "spamdyke.conf:14: \"..\"",
                             "spamdyke.conf:19: /none cannot be read"})
        EXPECT_THAT(outcome.report, HasSubstr(line));
    // Alone it would refuse every name with its address in it, wherever that name is.
    const auto alone = translate({{"me", "m.example.org"}}, {}, {{"spamdyke.conf", "reject-ip-in-cc-rdns\n"}});
    EXPECT_EQ(value(alone, "screening.address_in_name", "action"), "-");
    EXPECT_THAT(alone.report, HasSubstr("spamdyke.conf:1: reject-ip-in-cc-rdns"));
}

TEST(Qmail, HostileFilesStayInTheirLines) {
    const auto outcome = translate({{"me", "m.example.org\"\nhostname = \"x"},
                                    {"locals", std::string("a\0b.example\nx\x1b]0;t.example\ny\" = 1.example\n", 38)},
                                    {"virtualdomains", "v.example:a\"b\n[a]:b\n@:x\n"},
                                    {"doublebounceto", "a\"\nb"},
                                    {"defaultdelivery", "../../etc/\n"},
                                    {"new\nline", "x"}},
                                   {{".qmail-a\"b", "&c\n"}, {".qmail-", "&c\n"}, {".qmail-a\nb", "&c"}});
    ASSERT_TRUE(config::parse_text(outcome.toml, "hermod.toml")) << outcome.toml;
    EXPECT_EQ(value(outcome, "", "hostname"), "-");
    EXPECT_EQ(outcome.report.find('\x1b'), std::string::npos);
    EXPECT_EQ(outcome.toml.find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace import
