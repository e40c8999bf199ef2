#include "dmarc/record.h"

#include <gtest/gtest.h>

namespace dmarc {
namespace {

using Uris = std::vector<ReportUri>;

// RFC 9989 §4.7
TEST(DmarcRecord, IsReadWhole) {
    const auto record = parse_record(
        "v=DMARC1; p=reject; sp=quarantine; np=none; adkim=s; aspf=S; psd=n; t=y; fo=1:d:s; "
        "rua=mailto:Reports@Example.org , https://example.org/x; ruf=mailto:f@example.org!10m");
    ASSERT_TRUE(record);
    EXPECT_EQ(record->policy, Policy::Reject);
    EXPECT_EQ(record->subdomain_policy, Policy::Quarantine);
    EXPECT_EQ(record->nonexistent_policy, Policy::None);
    EXPECT_EQ(record->dkim, Alignment::Strict);
    EXPECT_EQ(record->spf, Alignment::Strict);
    EXPECT_EQ(record->public_suffix, PublicSuffix::No);
    EXPECT_TRUE(record->is_testing);
    EXPECT_EQ(record->failure_options, "1:d:s");
    EXPECT_EQ(record->aggregate_reports, (Uris{{"mailto:Reports@Example.org"}, {"https://example.org/x"}}));
    EXPECT_EQ(record->failure_reports, (Uris{{"mailto:f@example.org", 10 << 20}}));
}

// RFC 9989 §4.7: what is unknown or wrong costs only itself
TEST(DmarcRecord, ForgivesMistakes) {
    for (const auto* text :
         {"v=DMARC1;p=quarantine", "v = DMARC1 ; P = Quarantine ;", "v=DMARC1; p=quarantine;;",
          "v=DMARC1; x; p=quarantine", "v=DMARC1; p=quarantine; adkim=x; aspf=; psd=maybe; t=1; fo=9; rua=nonsense",
          "v=DMARC1; pct=bogus; ri=; rf=-; p=quarantine", "V=DMARC1; unknown=value; p=quarantine"}) {
        SCOPED_TRACE(text);
        const auto record = parse_record(text);
        ASSERT_TRUE(record);
        EXPECT_EQ(*record, Record{.policy = Policy::Quarantine});
    }
}

// RFC 9989 §4.7, §4.10.1
TEST(DmarcRecord, IsRefused) {
    using enum RecordProblem;
    const std::pair<std::string_view, RecordProblem> cases[] = {
        {"", NotDmarc},
        {"v=spf1 -all", NotDmarc},
        {"v=DMARC12; p=none", NotDmarc},
        {"v=dmarc1; p=none", NotDmarc},
        {"p=none; v=DMARC1", NotDmarc},
        {"v=DMARC1; p=none; p=reject", Repeated},
        {"v=DMARC1", NoPolicy},
        {"v=DMARC1; p=bad", NoPolicy},
        {"v=DMARC1; p=none; sp=bad", NoPolicy},
        {"v=DMARC1; p=none; np=", NoPolicy},
        {"v=DMARC1; rua=mailto:nobody", NoPolicy},
        {"v=DMARC1; rua=mailto:a@example.org!10p", NoPolicy},
    };
    for (const auto& [text, want] : cases) {
        SCOPED_TRACE(text);
        const auto record = parse_record(text);
        ASSERT_FALSE(record);
        EXPECT_EQ(record.error(), want) << describe(record.error());
    }
}

// RFC 9989 §4.10.1: who wants reports is told what happens
TEST(DmarcRecord, WithoutAPolicyIsNoneForWhoWantsReports) {
    const auto record = parse_record("v=DMARC1; p=reject; sp=bad; np=reject; rua=mailto:a@example.org");
    ASSERT_TRUE(record);
    EXPECT_EQ(record->policy, Policy::None);
    EXPECT_FALSE(record->subdomain_policy || record->nonexistent_policy);
    EXPECT_TRUE(parse_record("v=DMARC1; rua=mailto:a@example.org"));
}

// RFC 7489 §6.2, RFC 9990 §3.5
TEST(DmarcRecord, SaysHowLongAReportMayBe) {
    const std::pair<std::string_view, std::uint64_t> cases[] = {
        {"!1", 1},
        {"!50k", 50 << 10},
        {"!10M", 10 << 20},
        {"!1t", std::uint64_t{1} << 40},
        {"", 0},
        {"!0", 1},
        {"!99999999999999999999g", std::uint64_t{1} << 60},
    };
    for (const auto& [size, want] : cases) {
        const auto record = parse_record("v=DMARC1; p=none; rua=mailto:a@example.org" + std::string(size));
        ASSERT_TRUE(record && record->aggregate_reports.size() == 1) << size;
        EXPECT_EQ(record->aggregate_reports[0].most_octets, want) << size;
    }
}

// RFC 9990 §4
TEST(DmarcRecord, ReadsConsentToReportsOfOthers) {
    EXPECT_EQ(parse_consent("v=DMARC1"), Uris{});
    EXPECT_EQ(parse_consent("v=DMARC1;"), Uris{});
    EXPECT_EQ(parse_consent("v=DMARC1; rua=mailto:a@b.example"), (Uris{{"mailto:a@b.example"}}));
    EXPECT_EQ(parse_consent("v=spf1 -all"), std::nullopt);
    EXPECT_EQ(parse_consent(""), std::nullopt);
    EXPECT_EQ(parse_consent("rua=mailto:a@b.example; v=DMARC1"), std::nullopt);
}

}  // namespace
}  // namespace dmarc
