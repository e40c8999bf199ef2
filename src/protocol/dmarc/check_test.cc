#include "dmarc/check.h"

#include <gtest/gtest.h>

#include <map>

#include "dns/name.h"

namespace dmarc {
namespace {

using Zone = std::map<std::string, std::vector<std::string>>;  // texts; "A": the name exists; "SERVFAIL"

struct Asked {
    Report report;
    std::vector<std::string> questions;
};

dns::Answer ask(const Zone& zone, const dns::Question& question) {
    dns::Answer answer{.outcome = dns::Outcome::Insecure, .existence = dns::Existence::NoName, .records = {}};
    const auto found = zone.find(dns::to_text(question.name));
    if (found == zone.end()) return answer;
    answer.existence = dns::Existence::NoData;
    for (const auto& text : found->second) {
        if (text == "SERVFAIL") return dns::failed(text);
        if (question.type != dns::Type::Txt || text == "A") continue;
        answer.existence = dns::Existence::Found;
        answer.records.push_back({question.name, dns::Type::Txt, 300, dns::Txt{{text}}});
    }
    return answer;
}

Asked check(const Zone& zone, Evidence evidence) {
    Asked asked;
    Check check(std::move(evidence));
    while (check.question()) {
        asked.questions.push_back(dns::to_text(*check.question()));
        check.answer(ask(zone, *check.question()));
    }
    asked.report = check.report();
    return asked;
}

Report of(const Zone& zone, std::string author, std::string spf = "", std::vector<std::string> dkim = {}) {
    return check(zone,
                 {.author_domain = std::move(author), .spf_domain = std::move(spf), .dkim_domains = std::move(dkim)})
        .report;
}

// RFC 9989 §4.10: eight questions at most, and none twice
TEST(DmarcTreeWalk, GoesUpByAtMostEightSteps) {
    const auto asked =
        check({}, {.author_domain = "a.b.c.d.e.f.g.h.i.j.mail.example.com", .spf_domain = "", .dkim_domains = {}});
    EXPECT_EQ(asked.questions,
              (std::vector<std::string>{"TXT _dmarc.a.b.c.d.e.f.g.h.i.j.mail.example.com",
                                        "TXT _dmarc.g.h.i.j.mail.example.com", "TXT _dmarc.h.i.j.mail.example.com",
                                        "TXT _dmarc.i.j.mail.example.com", "TXT _dmarc.j.mail.example.com",
                                        "TXT _dmarc.mail.example.com", "TXT _dmarc.example.com", "TXT _dmarc.com"}));
    EXPECT_EQ(asked.report.result, Result::None);
    const auto short_name = check({}, {.author_domain = "a.example.com", .spf_domain = "", .dkim_domains = {}});
    EXPECT_EQ(short_name.questions,
              (std::vector<std::string>{"TXT _dmarc.a.example.com", "TXT _dmarc.example.com", "TXT _dmarc.com"}));
}

// RFC 9989 §4.10.2
TEST(DmarcTreeWalk, FindsTheOrganizationalDomain) {
    struct Case {
        Zone zone;
        std::string_view author, want;
    };
    const Case cases[] = {
        {{}, "a.mail.example.com", "a.mail.example.com"},
        {{{"_dmarc.mail.example.com", {"v=DMARC1; p=none"}}, {"_dmarc.example.com", {"v=DMARC1; p=none"}}},
         "a.mail.example.com",
         "example.com"},
        {{{"_dmarc.com", {"v=DMARC1; p=none; psd=y"}}}, "a.mail.example.com", "example.com"},
        {{{"_dmarc.mail.example.com", {"v=DMARC1; p=none; psd=n"}}, {"_dmarc.example.com", {"v=DMARC1; p=none"}}},
         "a.mail.example.com",
         "mail.example.com"},
        {{{"_dmarc.gov.example", {"v=DMARC1; p=none; psd=y"}}}, "gov.example", "gov.example"},
        {{{"_dmarc.mail.example.com", {"v=DMARC1; p=none", "v=DMARC1; p=none"}},
          {"_dmarc.example.com", {"v=DMARC1; p=none", "v=spf1"}}},
         "a.mail.example.com",
         "example.com"},
    };
    for (const auto& [zone, author, want] : cases) {
        SCOPED_TRACE(author);
        EXPECT_EQ(of(zone, std::string(author)).organizational_domain, want);
    }
}

// RFC 9989 §4.10.1, §4.7
TEST(DmarcCheck, FindsThePolicyThatApplies) {
    struct Case {
        Zone zone;
        std::string_view author, policy_domain;
        Policy want;
    };
    const Zone organization = {{"_dmarc.example.com", {"v=DMARC1; p=reject; sp=quarantine; np=none"}},
                               {"is.example.com", {"A"}}};
    const Zone suffix = {{"_dmarc.example", {"v=DMARC1; p=reject; sp=quarantine; psd=y"}}};
    const Zone between = {{"_dmarc.b.example.com", {"v=DMARC1; p=none"}},
                          {"_dmarc.example.com", {"v=DMARC1; p=reject"}}};
    const Case cases[] = {
        {organization, "example.com", "example.com", Policy::Reject},
        {organization, "is.example.com", "example.com", Policy::Quarantine},
        {organization, "not.example.com", "example.com", Policy::None},
        {suffix, "foo.example", "example", Policy::Quarantine},
        {between, "b.example.com", "b.example.com", Policy::None},
        {between, "a.b.example.com", "example.com", Policy::Reject},
    };
    for (const auto& [zone, author, policy_domain, want] : cases) {
        SCOPED_TRACE(author);
        const auto report = of(zone, std::string(author));
        EXPECT_EQ(report.result, Result::Fail);
        EXPECT_EQ(report.policy, want);
        EXPECT_EQ(report.disposition, want);
        EXPECT_EQ(report.policy_domain, policy_domain);
    }
}

// RFC 9989 §4.7 (t=): one step milder
TEST(DmarcCheck, IsMilderInTestMode) {
    for (const auto& [policy, want] : {std::pair("reject", Policy::Quarantine), std::pair("quarantine", Policy::None),
                                       std::pair("none", Policy::None)}) {
        const auto report = of({{"_dmarc.example.com", {"v=DMARC1; t=y; p=" + std::string(policy)}}}, "example.com");
        EXPECT_EQ(to_text(*report.policy), policy);
        EXPECT_EQ(report.disposition, want);
        EXPECT_TRUE(report.is_testing);
    }
}

// RFC 9989 §4.4.1, §4.4.2
TEST(DmarcCheck, AlignsIdentifiers) {
    const Zone relaxed = {{"_dmarc.example.com", {"v=DMARC1; p=reject"}}};
    const Zone strict = {{"_dmarc.example.com", {"v=DMARC1; p=reject; adkim=s; aspf=s"}}};
    struct Case {
        const Zone& zone;
        std::string_view author, other;
        bool is_aligned;
    };
    const Case cases[] = {
        {relaxed, "example.com", "example.com", true},
        {relaxed, "example.com", "a.b.example.com", true},
        {relaxed, "news.example.com", "mail.example.com", true},
        {relaxed, "example.com", "badexample.com", false},
        {relaxed, "example.com", "com", false},
        {relaxed, "example.com", "example.org", false},
        {strict, "example.com", "example.com", true},
        {strict, "example.com", "mail.example.com", false},
        {strict, "mail.example.com", "mail.example.com", true},
    };
    for (const auto& [zone, author, other, want] : cases) {
        SCOPED_TRACE(std::string(author) + " " + std::string(other));
        const auto spf = of(zone, std::string(author), std::string(other));
        EXPECT_EQ(spf.spf_aligned, want);
        EXPECT_FALSE(spf.dkim_aligned);
        const auto dkim = of(zone, std::string(author), "", {"other.example", std::string(other)});
        EXPECT_EQ(dkim.dkim_aligned, want);
        EXPECT_EQ(dkim.result, want ? Result::Pass : Result::Fail);
        EXPECT_EQ(dkim.disposition, want ? Policy::None : Policy::Reject);
    }
    const Zone split = {{"_dmarc.example.com", {"v=DMARC1; p=reject"}},
                        {"_dmarc.own.example.com", {"v=DMARC1; p=reject; psd=n"}}};
    EXPECT_EQ(of(split, "example.com", "", {"own.example.com"}).result, Result::Fail) << "an organization of its own";
}

TEST(DmarcCheck, TellsWhatItCannotKnow) {
    using enum Result;
    EXPECT_EQ(of({{"_dmarc.example.com", {"SERVFAIL"}}}, "example.com").result, TempError);
    EXPECT_EQ(
        of({{"_dmarc.a.example.com", {"SERVFAIL"}}, {"_dmarc.example.com", {"v=DMARC1; p=reject"}}}, "a.example.com")
            .result,
        TempError);
    const Zone partly = {{"_dmarc.example.com", {"v=DMARC1; p=reject"}}, {"_dmarc.com", {"SERVFAIL"}}};
    EXPECT_EQ(of(partly, "example.com", "example.com").result, Pass);
    EXPECT_EQ(of(partly, "example.com").result, TempError);
    const Evidence later{
        .author_domain = "example.com", .spf_domain = "", .dkim_domains = {}, .had_temporary_error = true};
    EXPECT_EQ(check({{"_dmarc.example.com", {"v=DMARC1; p=reject"}}}, later).report.result, TempError);
    EXPECT_EQ(of({{"_dmarc.example.com", {"v=DMARC1; p=none; p=none"}}}, "example.com").result, PermError);
    EXPECT_EQ(of({{"_dmarc.example.com", {"v=DMARC1"}}}, "example.com").result, None);
    const auto several = of({{"_dmarc.a.example.com", {"v=DMARC1; p=none", "v=DMARC1; p=reject"}},
                             {"_dmarc.example.com", {"v=DMARC1; p=reject"}}},
                            "a.example.com");
    EXPECT_EQ(several.result, None);
    EXPECT_FALSE(several.policy);
}

// Hostile: a message may carry as many signatures as it likes.
TEST(DmarcCheck, LooksAtNoMoreIdentifiersThanItSays) {
    std::vector<std::string> many;
    for (int i = 0; i < 100; ++i) many.push_back("s" + std::to_string(i) + ".example.com");
    const auto asked = check({{"_dmarc.example.com", {"v=DMARC1; p=reject; psd=n"}}},
                             {.author_domain = "example.com", .spf_domain = "", .dkim_domains = many});
    EXPECT_EQ(asked.report.result, Result::Pass);
    EXPECT_LE(asked.questions.size(), 1 + most_identifiers);
}

TEST(DmarcTreeWalk, TellsWhatItLookedAt) {
    const auto report = of({{"_dmarc.a.example.com", {"v=DMARC1; p=none; psd=x", "v=DMARC1; p=none"}},
                            {"_dmarc.example.com", {"v=DMARC1; p=none"}},
                            {"_dmarc.com", {"SERVFAIL"}}},
                           "a.example.com");
    EXPECT_EQ(report.walk,
              (std::vector<TreeWalk::Look>{{"_dmarc.a.example.com", "several records, which are as good as none"},
                                           {"_dmarc.example.com", "a record"},
                                           {"_dmarc.com", "the DNS does not answer: SERVFAIL"}}));
}

}  // namespace
}  // namespace dmarc
