#include "policyd/observation.h"

#include <gtest/gtest.h>

namespace policyd {
namespace {

struct Judged {
    dmarc::Report report{
        .result = dmarc::Result::Fail,
        .policy = dmarc::Policy::Reject,
        .disposition = dmarc::Policy::Reject,
        .policy_domain = "d.example",
        .organizational_domain = "d.example",
        .record = dmarc::parse_record("v=DMARC1; p=reject; sp=none; adkim=s; rua=mailto:a@d.example").value()};
    std::vector<dkim::Verdict> dkim;
    std::optional<reports::Observation> observe(dmarc::Policy disposition = dmarc::Policy::Reject,
                                                bool is_report = false) const {
        return observation_of({.client = *ip::parse_address("::ffff:192.0.2.1"),
                               .header_from = "sub.d.example",
                               .envelope_from = "b.example",
                               .spf_domain = "b.example",
                               .spf = spf::Result::SoftFail,
                               .dkim = dkim,
                               .dmarc = report,
                               .disposition = disposition,
                               .reasons = {},
                               .is_report = is_report});
    }
    void sign(const char* domain, dkim::Result result) {
        dkim.emplace_back();
        dkim.back().domain = domain;
        dkim.back().selector = "s";
        dkim.back().result = result;
    }
};

// RFC 9990 §3.1.1
TEST(Observation, HasWhatAReportNeeds) {
    Judged judged;
    judged.sign("d.example", dkim::Result::Fail);
    const auto seen = judged.observe();
    ASSERT_TRUE(seen);
    EXPECT_EQ(seen->published.domain, "d.example");
    EXPECT_EQ(seen->published.policy, dmarc::Policy::Reject);
    EXPECT_EQ(seen->published.subdomain_policy, dmarc::Policy::None);
    EXPECT_EQ(seen->published.dkim, dmarc::Alignment::Strict);
    EXPECT_EQ(seen->destinations, std::vector<dmarc::ReportUri>{{"mailto:a@d.example"}});
    EXPECT_EQ(ip::to_text(seen->record.source), "192.0.2.1");
    EXPECT_EQ(seen->record.count, 1u);
    EXPECT_EQ(seen->record.disposition, dmarc::Policy::Reject);
    EXPECT_EQ(seen->record.header_from, "sub.d.example");
    EXPECT_EQ(seen->record.envelope_from, "b.example");
    EXPECT_TRUE(seen->record.reasons.empty());
    ASSERT_EQ(seen->record.spf.size(), 1u);
    EXPECT_EQ(seen->record.spf[0], (aggregate::SpfResult{"b.example", "mfrom", "softfail", ""}));
    ASSERT_EQ(seen->record.dkim.size(), 1u);
    EXPECT_EQ(seen->record.dkim[0].result, "fail");
}

// RFC 9990 §3.1.1.9, §3.1.6
TEST(Observation, SaysWhySomethingElseWasDone) {
    using enum dmarc::Policy;
    Judged judged;
    EXPECT_EQ(judged.observe(Quarantine)->record.reasons, std::vector<aggregate::Reason>{{.type = "local_policy"}});
    judged.report.is_testing = true;
    judged.report.disposition = Quarantine;
    EXPECT_EQ(judged.observe(Quarantine)->record.reasons, std::vector<aggregate::Reason>{{.type = "policy_test_mode"}});
    judged.report.result = dmarc::Result::Pass;
    EXPECT_TRUE(judged.observe(None)->record.reasons.empty());
}

// RFC 9990 §3.1.3
TEST(Observation, TellsOfTheBestSignaturesFirst) {
    using dkim::Result;
    Judged judged;
    for (int i = 0; i < 20; ++i) judged.sign("x.example", Result::PermError);
    judged.sign("other.example", Result::Pass);
    judged.sign("d.example", Result::Pass);
    judged.sign("sub.d.example", Result::Pass);
    judged.sign("", Result::PermError);
    const auto results = judged.observe()->record.dkim;
    ASSERT_EQ(results.size(), dkim::most_signatures);
    EXPECT_EQ(results[0].domain, "sub.d.example");
    EXPECT_EQ(results[1].domain, "d.example");
    EXPECT_EQ(results[2].domain, "other.example");
    EXPECT_EQ(results[3].result, "permerror");
}

TEST(Observation, NothingIsKeptOfWhoWantsNoReports) {
    Judged judged;
    EXPECT_FALSE(judged.observe(dmarc::Policy::Reject, /*is_report=*/true));
    judged.report.record->aggregate_reports = {{"https://d.example/"}};
    EXPECT_FALSE(judged.observe());
    judged.report.record.reset();
    EXPECT_FALSE(judged.observe());
    Judged unknown;
    unknown.report.result = dmarc::Result::TempError;
    EXPECT_FALSE(unknown.observe());
}

}  // namespace
}  // namespace policyd
