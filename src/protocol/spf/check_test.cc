#include "spf/check.h"

#include <gtest/gtest.h>

#include <fmt/format.h>

#include "dns/table.h"
#include "spf/received.h"

namespace spf {
namespace {

struct Asked {
    Report report;
    std::vector<std::string> questions;
};

dns::Table zone(std::initializer_list<std::pair<std::string_view, std::string_view>> records,
                std::string_view more = {}) {
    std::string lines;
    for (const auto& [name, text] : records)
        lines +=
            fmt::format("{{\"name\": \"{}\", \"type\": \"{}\", \"data\": \"{}\"}}\n", name.substr(0, name.find(' ')),
                        name.contains(' ') ? name.substr(name.find(' ') + 1) : "TXT", text);
    const auto table = dns::parse_table(lines + std::string(more));
    EXPECT_TRUE(table) << table.error().problem;
    return *table;
}

Asked ask(const Request& request, const dns::Table& table, const Policy& policy = {}) {
    Check check(request, policy);
    Asked asked;
    while (const auto& question = check.question()) {
        asked.questions.push_back(dns::to_text(*question));
        check.answer(table.answer(*question));
    }
    asked.report = check.report();
    return asked;
}

Request from(std::string mail_from, std::string_view client = "192.0.2.1") {
    return {.client = ip::parse_address(client).value(), .helo = "mx.h.test", .mail_from = std::move(mail_from)};
}

Result result_of(std::string mail_from, const dns::Table& table, const Policy& policy = {}) {
    return ask(from(std::move(mail_from)), table, policy).report.result;
}

std::vector<Directive> rules(std::string_view text) { return parse_rules(text).value(); }

}  // namespace

// RFC 7208 §2.3, §2.4, §4.3
TEST(SpfCheck, AsksAboutTheRightName) {
    const auto table = zone({{"s.test", "v=spf1 +all"}, {"mx.h.test", "v=spf1 -all"}});
    struct Case {
        std::string mail_from;
        Identity asked;
        Result result;
        std::string domain;
        Identity identity;
    };
    for (const auto& [mail_from, asked, result, domain, identity] : std::initializer_list<Case>{
             {"ann@s.test", Identity::MailFrom, Result::Pass, "s.test", Identity::MailFrom},
             {"ann@s.test", Identity::Helo, Result::Fail, "mx.h.test", Identity::Helo},
             {"", Identity::MailFrom, Result::Fail, "mx.h.test", Identity::Helo},
             {"@s.test", Identity::MailFrom, Result::Pass, "s.test", Identity::MailFrom},
             {"s.test", Identity::MailFrom, Result::Pass, "s.test", Identity::MailFrom},
             {"\"a@b\"@S.test.", Identity::MailFrom, Result::Pass, "S.test", Identity::MailFrom},
             {"ann@[192.0.2.1]", Identity::MailFrom, Result::None, "[192.0.2.1]", Identity::MailFrom},
             {"ann@test", Identity::MailFrom, Result::None, "test", Identity::MailFrom},
             {"ann@a..test", Identity::MailFrom, Result::None, "a..test", Identity::MailFrom},
             {"ann@nowhere.test", Identity::MailFrom, Result::None, "nowhere.test", Identity::MailFrom}}) {
        SCOPED_TRACE(mail_from);
        auto request = from(mail_from);
        request.identity = asked;
        const auto report = ask(request, table).report;
        EXPECT_EQ(report.result, result);
        EXPECT_EQ(report.domain, domain);
        EXPECT_EQ(report.identity, identity);
    }
}

// RFC 8616 §4: names in other scripts are asked about as A-labels; §4.3 of RFC 7208 where they are none.
TEST(SpfCheck, KnowsNamesInOtherScripts) {
    const auto table =
        zone({{"xn--bcher-kva.test", "v=spf1 a:%{o} exists:%{l}.x.test -all"}, {"xn--bcher-kva.test A", "192.0.2.1"}});
    EXPECT_EQ(result_of("j\xc3\xbcrgen@B\xc3\xbc"
                        "cher.test",
                        table),
              Result::Pass);
    const auto other = ask(from("j\xc3\xbcrgen@b\xc3\xbc"
                                "cher.test",
                                "192.0.2.2"),
                           table);
    EXPECT_EQ(other.report.result, Result::Fail);
    EXPECT_EQ(other.questions, (std::vector<std::string>{"TXT xn--bcher-kva.test", "A xn--bcher-kva.test"}));
    EXPECT_EQ(result_of("ann@\xff.test", table), Result::None);
}

// RFC 7208 §2.6.6, §4.4, §5: what the DNS cannot say is never a pass, and a bogus answer is not an answer
TEST(SpfCheck, IsTemporaryWhereTheDnsFails) {
    for (const auto* rcode : {"SERVFAIL", "TIMEOUT", "BOGUS"}) {
        SCOPED_TRACE(rcode);
        const auto table = zone({{"a.test", "v=spf1 a:dead.test +all"},
                                 {"m.test", "v=spf1 mx +all"},
                                 {"m.test MX", "10 dead.test"},
                                 {"i.test", "v=spf1 include:dead.test +all"},
                                 {"r.test", "v=spf1 redirect=dead.test"},
                                 {"e.test", "v=spf1 -exists:dead.test +all"}},
                                fmt::format("{{\"name\": \"dead.test\", \"type\": \"*\", \"rcode\": \"{}\"}}", rcode));
        for (const auto* domain : {"dead.test", "a.test", "m.test", "i.test", "r.test", "e.test"})
            EXPECT_EQ(result_of(std::string("x@") + domain, table), Result::TempError) << domain;
    }
}

// RFC 7208 §5.5: what the DNS cannot say about the client's names is passed over
TEST(SpfCheck, PassesOverNamesOfTheClientThatFail) {
    const auto table = zone({{"s.test", "v=spf1 ptr -all"},
                             {"1.2.0.192.in-addr.arpa PTR", "dead.s.test"},
                             {"1.2.0.192.in-addr.arpa PTR", "good.s.test"},
                             {"good.s.test A", "192.0.2.1"}},
                            R"({"name": "dead.s.test", "type": "*", "rcode": "SERVFAIL"}
{"name": "2.2.0.192.in-addr.arpa", "type": "*", "rcode": "SERVFAIL"})");
    EXPECT_EQ(result_of("x@s.test", table), Result::Pass);
    EXPECT_EQ(ask(from("x@s.test", "192.0.2.2"), table).report.result, Result::Fail);
}

// RFC 7208 §4.6.4
TEST(SpfCheck, LimitsTheTermsThatAsk) {
    const auto ten = "v=spf1 a mx ptr exists:no.test include:i.test a a a a a ip4:192.0.2.1 -all";
    const auto eleven = "v=spf1 a mx ptr exists:no.test include:i.test a a a a a a ip4:192.0.2.1 -all";
    for (const auto& [record, result] : {std::pair{ten, Result::Pass}, {eleven, Result::PermError}}) {
        const auto table =
            zone({{"s.test", record}, {"s.test A", "192.0.2.9"}, {"i.test", "v=spf1 -all"}, {"s.test MX", "0 ."}});
        const auto asked = ask(from("x@s.test"), table);
        EXPECT_EQ(asked.report.result, result);
        EXPECT_EQ(asked.questions.size(), 6u) << "the same is asked once";
    }
    const auto loop = zone({{"s.test", "v=spf1 include:t.test"}, {"t.test", "v=spf1 redirect=s.test"}});
    EXPECT_EQ(result_of("x@s.test", loop), Result::PermError);
}

TEST(SpfCheck, LimitsTheTermsWithoutAnAnswer) {
    const auto record = "v=spf1 a:1.test.x a:2.test.x exists:3.test.x ip4:192.0.2.1 -all";
    const auto table = zone({{"s.test", record}, {"t.test", "v=spf1 a:1.test.x a:2.test.x ip4:192.0.2.1 -all"}});
    EXPECT_EQ(result_of("x@s.test", table), Result::PermError);
    EXPECT_EQ(result_of("x@s.test", table, {.most_void_lookups = 3}), Result::Pass);
    EXPECT_EQ(result_of("x@t.test", table), Result::Pass);
    EXPECT_EQ(ask(from("x@t.test"), table).report.void_lookups, 2u);
    EXPECT_EQ(result_of("x@t.test", table, {.most_void_lookups = 0}), Result::PermError);
}

TEST(SpfCheck, LimitsExchangersAndNames) {
    std::string lines = R"({"name": "s.test", "type": "TXT", "data": "v=spf1 mx -all"}
{"name": "p.test", "type": "TXT", "data": "v=spf1 ptr:test -all"}
{"name": "q.test", "type": "TXT", "data": "v=spf1 ptr:in.test -all"}
)";
    for (int i = 0; i < 11; ++i) {
        lines += fmt::format(R"({{"name": "s.test", "type": "MX", "data": "{} h{}.in.test"}})", i, i) + '\n';
        lines += fmt::format(R"({{"name": "1.2.0.192.in-addr.arpa", "type": "PTR", "data": "h{}.in.test"}})", i) + '\n';
        lines += fmt::format(R"({{"name": "h{}.in.test", "type": "A", "data": "192.0.2.{}"}})", i, 110 - i * 10) + '\n';
    }
    const auto table = dns::parse_table(lines + R"({"name": "h10.in.test", "type": "A", "data": "192.0.2.1"})").value();
    EXPECT_EQ(result_of("x@s.test", table), Result::PermError);
    const auto asked = ask(from("x@q.test"), table);
    EXPECT_EQ(asked.report.result, Result::Fail);
    EXPECT_EQ(asked.questions.size(), 1 + 1 + 10u) << "the eleventh name, which is true, is not looked at";
    EXPECT_EQ(result_of("x@p.test", table), Result::PermError) << "a single label is no domain-spec";
}

// RFC 7208 §6.2; hostile explanations are dropped, and the result stands
TEST(SpfCheck, Explains) {
    const std::string long_text(600, 'x');
    const std::pair<std::string, std::string> cases[] = {
        {"%{i} is not one of %{d}'s", "192.0.2.1 is not one of s.test's"},
        {"%{p} %{h} %{r} %{t}", "unknown mx.h.test we.test 7"},
        {"see http://s.test/?%{S}", "see http://s.test/?x%40s.test"},
        {long_text, ""},
        {"%{x}", ""},
        {"\\u0007bell", ""},
        {"caf\\u00e9", ""},
        {"two\\r\\nlines", ""},
    };
    for (const auto& [text, wanted] : cases) {
        SCOPED_TRACE(text);
        const auto table = zone({{"s.test", "v=spf1 -all exp=e.%{d}"}, {"e.s.test", text}});
        auto request = from("x@s.test");
        request.receiver = "we.test";
        request.now = 7;
        const auto report = ask(request, table).report;
        EXPECT_EQ(report.result, Result::Fail);
        EXPECT_EQ(report.is_theirs, !wanted.empty());
        EXPECT_EQ(report.explanation, wanted.empty() ? "s.test does not allow 192.0.2.1 to send in its name" : wanted);
    }
}

TEST(SpfCheck, ExplainsInOurWordsWithMacros) {
    const auto table = zone({{"s.test", "v=spf1 -all"}});
    Policy policy{.explanation = parse_macro_string("See http://we.test/%{L}?ip=%{c}", MacroUse::Explanation).value()};
    EXPECT_EQ(ask(from("a b@s.test"), table, policy).report.explanation, "See http://we.test/a%20b?ip=192.0.2.1");
    policy.explanation = parse_macro_string("See\nhttp://we.test/%{L}", MacroUse::Reply).value();
    EXPECT_EQ(ask(from("a@s.test"), table, policy).report.explanation, "See\nhttp://we.test/a");
    policy.explanation = parse_macro_string("%{l}", MacroUse::Explanation).value();
    EXPECT_EQ(ask(from("a\x1b@s.test"), table, policy).report.explanation,
              "The client is not allowed to send in the name of this domain");
    EXPECT_EQ(ask(from("a@s.test"), zone({{"s.test", "v=spf1 ~all"}}), policy).report.explanation, "");
}

// §6.1: the other domain's explanation counts, and only where the record itself was used
TEST(SpfCheck, RedirectsWholly) {
    const auto table = zone({{"s.test", "v=spf1 exp=mine.test redirect=t.test"},
                             {"t.test", "v=spf1 -all exp=theirs.test"},
                             {"mine.test", "mine"},
                             {"theirs.test", "%{d} of %{o}"},
                             {"lost.test", "v=spf1 redirect=nowhere.test"}});
    const auto report = ask(from("x@s.test"), table).report;
    EXPECT_EQ(report.explanation, "t.test of s.test");
    EXPECT_EQ(report.domain, "s.test");
    EXPECT_EQ(result_of("x@lost.test", table), Result::PermError);
}

TEST(SpfLocalRules, ComeBeforeARecordSaysNo) {
    const Policy policy{.local_rules = rules("v=spf1 ip4:192.0.2.1 include:ours.test")};
    const auto table = zone({{"hard.test", "v=spf1 -all"},
                             {"soft.test", "v=spf1 ~all"},
                             {"open.test", "v=spf1 mx"},
                             {"named.test", "v=spf1 -ip4:192.0.2.1 -all"},
                             {"redirected.test", "v=spf1 redirect=hard.test"},
                             {"included.test", "v=spf1 include:hard.test ?all"},
                             {"broken.test", "v=spf1 foo"}});
    for (const auto* domain : {"hard.test", "soft.test", "open.test", "redirected.test", "included.test"}) {
        const auto report = ask(from(std::string("x@") + domain), table, policy).report;
        EXPECT_EQ(report.result, Result::Pass) << domain;
        EXPECT_EQ(report.origin, Origin::LocalRules) << domain;
        EXPECT_EQ(report.mechanism, "ip4:192.0.2.1");
    }
    // What the record says is still known.
    const std::pair<std::string, Result> published[] = {
        {"hard.test", Result::Fail},       {"soft.test", Result::SoftFail},    {"open.test", Result::Neutral},
        {"redirected.test", Result::Fail}, {"included.test", Result::Neutral}, {"named.test", Result::Fail},
        {"broken.test", Result::PermError}};
    for (const auto& [domain, result] : published)
        EXPECT_EQ(ask(from("x@" + domain), table, policy).report.published, result) << domain;
    EXPECT_EQ(result_of("x@named.test", table, policy), Result::Fail) << "what the record names, it says";
    EXPECT_EQ(result_of("x@broken.test", table, policy), Result::PermError);
    EXPECT_EQ(result_of("x@nowhere.test", table, policy), Result::None);
    // A rule of ours that says no to all is no reason to ask our rules.
    EXPECT_EQ(result_of("x@hard.test", table, {.local_rules = rules("ip4:192.0.2.7 ?all")}), Result::Neutral);
}

TEST(SpfLocalRules, AskOnOurAccountAndMayFail) {
    const auto table = zone({{"s.test", "v=spf1 a:1.s.test a:2.s.test -all"}, {"s.test A", "192.0.2.9"}},
                            R"({"name": "dead.test", "type": "*", "rcode": "SERVFAIL"})");
    // Two terms of the sender's had no answer already; ours are counted apart.
    const auto report = ask(from("x@s.test"), table, {.local_rules = rules("a:3.s.test a:4.s.test")}).report;
    EXPECT_EQ(report.result, Result::Fail);
    EXPECT_EQ(report.lookups, 2u);
    EXPECT_EQ(result_of("x@s.test", table, {.local_rules = rules("include:nowhere.test")}), Result::Fail);
    const auto dead = ask(from("x@s.test"), table, {.local_rules = rules("include:dead.test")}).report;
    EXPECT_EQ(dead.result, Result::TempError);
    EXPECT_EQ(dead.published, Result::Fail) << "the domain has said so, whatever became of our rules";
}

TEST(SpfGuess, IsForDomainsThatPublishNothing) {
    const Policy policy{.local_rules = rules("ip4:192.0.2.7"), .guess = rules("a/24 mx/24 ptr")};
    const auto table = zone({{"s.test A", "192.0.2.200"}, {"t.test", "something else"}, {"u.test", "v=spf1 ?all"}});
    auto report = ask(from("x@s.test"), table, policy).report;
    EXPECT_EQ(report.result, Result::Pass);
    EXPECT_EQ(report.origin, Origin::Guess);
    EXPECT_EQ(report.published, Result::None);
    EXPECT_EQ(report.mechanism, "a/24");
    report = ask(from("x@t.test"), table, policy).report;
    EXPECT_EQ(report.result, Result::Neutral);
    report = ask(from("x@t.test", "192.0.2.7"), table, policy).report;
    EXPECT_EQ(report.origin, Origin::LocalRules);
    EXPECT_EQ(report.published, Result::None);
    EXPECT_EQ(result_of("x@nowhere.test", table, policy), Result::None) << "there is nothing to guess about";
    report = ask(from("x@u.test"), table, policy).report;
    EXPECT_EQ(report.origin, Origin::Record);
    EXPECT_EQ(report.published, Result::Neutral);
    const Policy broken{.guess = rules("include:nowhere.test")};
    EXPECT_EQ(result_of("x@s.test", table, broken), Result::None);
}

TEST(SpfCheck, TellsItsStepsWhereAsked) {
    const auto table = zone({{"s.test", "v=spf1 include:t.test ~all"}, {"t.test", "v=spf1 ip4:192.0.2.7 -all"}});
    EXPECT_TRUE(ask(from("x@s.test"), table).report.steps.empty());
    const auto report = ask(from("x@s.test"), table, {.is_traced = true}).report;
    const std::vector<Step> steps{
        {0, "s.test", "v=spf1 include:t.test ~all", ""},          {1, "t.test", "v=spf1 ip4:192.0.2.7 -all", ""},
        {1, "t.test", "ip4:192.0.2.7", "does not match"},         {1, "t.test", "-all", "matches: fail"},
        {0, "s.test", "include:t.test", "does not match (fail)"}, {0, "s.test", "~all", "matches: softfail"},
    };
    EXPECT_EQ(report.steps, steps);
    EXPECT_EQ(report.mechanism, "all");
}

TEST(SpfResult, HasTheWordsOfTheStandard) {
    for (const auto* word : {"none", "neutral", "pass", "fail", "softfail", "temperror", "permerror"})
        EXPECT_EQ(to_text(parse_result(word).value()), word);
    EXPECT_FALSE(parse_result("unknown"));
}

// RFC 7208 §9.1
TEST(SpfReceived, IsWrittenAsTheStandardHasIt) {
    const auto table = zone(
        {{"s.test", "v=spf1 exists:%{l}.ok.test ~all"}, {"x.ok.test A", "127.0.0.2"}, {"broken.test", "v=spf1 moo"}});
    auto request = from("x@s.test");
    request.receiver = "we.test";
    EXPECT_EQ(received_spf(request, ask(request, table).report),
              "Received-SPF: pass (we.test: domain of x@s.test designates 192.0.2.1 as permitted sender) "
              "client-ip=192.0.2.1; envelope-from=\"x@s.test\"; helo=mx.h.test; receiver=we.test; identity=mailfrom; "
              "mechanism=\"exists:%{l}.ok.test\";");
    request = from("\"(\\\"\r\n\"@s.test", "2001:db8::1");
    request.helo = "a b\"";
    EXPECT_EQ(received_spf(request, ask(request, table).report),
              "Received-SPF: softfail (unknown: domain of transitioning \"\\(\\\\\"??\"@s.test does not designate "
              "2001:db8::1 as permitted sender) client-ip=\"2001:db8::1\"; "
              "envelope-from=\"\\\"(\\\\\\\"??\\\"@s.test\"; helo=\"a b\\\"\"; receiver=unknown; identity=mailfrom; "
              "mechanism=all;");
    request = from("x@s.test");
    request.identity = Identity::Helo;
    EXPECT_EQ(received_spf(request, ask(request, table).report),
              "Received-SPF: none (unknown: domain of postmaster@mx.h.test does not designate permitted sender hosts) "
              "client-ip=192.0.2.1; envelope-from=\"x@s.test\"; helo=mx.h.test; receiver=unknown; identity=helo;");
    request = from("x@broken.test");
    EXPECT_EQ(received_spf(request, ask(request, table).report),
              "Received-SPF: permerror (unknown: error in the policy of x@broken.test) client-ip=192.0.2.1; "
              "envelope-from=\"x@broken.test\"; helo=mx.h.test; receiver=unknown; identity=mailfrom; "
              "problem=\"broken.test: neither a mechanism nor a modifier: moo\";");
}

TEST(SpfReceived, IsWrittenAsQmailHasIt) {
    const auto table = zone({{"s.test", "v=spf1 -all"}, {"mx.h.test", "v=spf1 +all"}});
    auto request = from("x@s.test");
    request.receiver = "we.test";
    EXPECT_EQ(received_spf(request, ask(request, table).report, ReceivedForm::Qmail),
              "Received-SPF: fail (we.test: SPF record at s.test does not designate 192.0.2.1 as permitted sender) "
              "client-ip=192.0.2.1; envelope-from=\"x@s.test\";");
    request = from("");
    EXPECT_EQ(received_spf(request, ask(request, table).report, ReceivedForm::Qmail),
              "Received-SPF: pass (unknown: SPF record at mx.h.test designates 192.0.2.1 as permitted sender) "
              "client-ip=192.0.2.1; helo=mx.h.test;");
}

// Whatever a record makes us ask, it is bounded, and over.
TEST(SpfCheck, AsksNoMoreThanItMay) {
    std::string lines = "{\"name\": \"s.test\", \"type\": \"TXT\", \"data\": \"v=spf1";
    for (int i = 0; i < 10; ++i) lines += fmt::format(" mx:%{{p}}m{}.test", i);
    lines += " -all exp=%{p}.e.test\"}\n";
    for (int i = 0; i < 10; ++i)
        for (int j = 0; j < 10; ++j) {
            lines +=
                fmt::format(R"({{"name": "unknownm{}.test", "type": "MX", "data": "{} h{}.m{}.test"}})", i, j, j, i) +
                '\n';
            lines += fmt::format(R"({{"name": "h{}.m{}.test", "type": "A", "data": "192.0.2.99"}})", j, i) + '\n';
        }
    for (int i = 0; i < 20; ++i)
        lines += fmt::format(R"({{"name": "1.2.0.192.in-addr.arpa", "type": "PTR", "data": "p{}.test"}})", i) + '\n';
    const auto asked = ask(from("x@s.test"), dns::parse_table(lines).value());
    EXPECT_EQ(asked.report.result, Result::Fail);
    EXPECT_EQ(asked.questions.size(), 1 + 1 + 10 + 10 * 11 + 1u);
    EXPECT_LE(asked.questions.size(), most_questions);
}

}  // namespace spf
