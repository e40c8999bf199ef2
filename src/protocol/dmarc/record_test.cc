#include "dmarc/record.h"

#include <gtest/gtest.h>

namespace dmarc {
namespace {

using Strings = std::vector<std::string>;

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
    EXPECT_EQ(record->aggregate_reports, (Strings{"mailto:Reports@Example.org", "https://example.org/x"}));
    EXPECT_EQ(record->failure_reports, Strings{"mailto:f@example.org"});
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

}  // namespace
}  // namespace dmarc
