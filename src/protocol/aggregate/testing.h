#pragma once
// Reports for tests.

#include "aggregate/report.h"

namespace aggregate::testing {

inline Record example_record() {
    Record record{.source = *ip::parse_address("192.0.2.123"), .count = 123};
    record.is_dkim_aligned = true;
    record.reasons = {{"mailing_list", "a <list> & more"}};
    record.header_from = "example.com";
    record.envelope_from = "bounces.example.net";
    record.dkim = {{"example.com", "s1", "pass", ""}, {"example.net", "s2", "fail", "the body hash"}};
    record.spf = {{"bounces.example.net", "mfrom", "softfail", ""}};
    return record;
}

inline Report example_report() {
    Report report{.organization = "Receiver \"R\"", .email = "postmaster@mail.receiver.example"};
    report.contact = "https://receiver.example/?a=1&b=2";
    report.id = "20260101.deadbeef";
    report.begin = 1'767'225'600;
    report.end = 1'767'311'999;
    report.errors = {"a record was left out"};
    report.generator = "Hermod";
    report.published = {.domain = "example.com",
                        .policy = dmarc::Policy::Reject,
                        .subdomain_policy = dmarc::Policy::Quarantine,
                        .nonexistent_policy = std::nullopt,
                        .dkim = dmarc::Alignment::Strict,
                        .spf = dmarc::Alignment::Relaxed,
                        .failure_options = "1:d",
                        .is_testing = true};
    report.records = {example_record(), {.source = *ip::parse_address("2001:db8::1"), .count = 1}};
    report.records[1].header_from = "sub.example.com";
    report.records[1].envelope_from = "";
    report.records[1].disposition = dmarc::Policy::Quarantine;
    return report;
}

}  // namespace aggregate::testing
