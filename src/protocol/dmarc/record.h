#pragma once
// What a domain publishes at "_dmarc": what it wants done with mail in its name that is not proved to be its own. RFC
// 9989 §4.7; records of RFC 7489 are read the same way, their pct=, rf= and ri= ignored.
//
// Pure. The version must be right, and no tag may stand there twice; any other mistake costs only the tag it is in.

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dmarc {

enum class Policy : std::uint8_t { None, Quarantine, Reject };
std::string_view to_text(Policy policy);

enum class Alignment : std::uint8_t { Relaxed, Strict };

/// Whether the domain is a public suffix (psd=): below it others register their domains.
enum class PublicSuffix : std::uint8_t { Unknown, Yes, No };

/// Where reports are wanted.
struct ReportUri {
    std::string uri;                // without the size
    std::uint64_t most_octets = 0;  // that the message with the report may have ("!10m"); 0: any
    bool operator==(const ReportUri&) const = default;
};

struct Record {
    Policy policy = Policy::None;              // p=
    std::optional<Policy> subdomain_policy;    // sp=
    std::optional<Policy> nonexistent_policy;  // np=
    Alignment dkim = Alignment::Relaxed;       // adkim=
    Alignment spf = Alignment::Relaxed;        // aspf=
    PublicSuffix public_suffix = PublicSuffix::Unknown;
    bool is_testing = false;                   // t=y: one step milder
    std::string failure_options = "0";         // fo=, where it is well-formed
    std::vector<ReportUri> aggregate_reports;  // rua=
    std::vector<ReportUri> failure_reports;    // ruf=

    bool operator==(const Record&) const = default;
};

enum class RecordProblem : std::uint8_t {
    NotDmarc,  // a TXT record of another kind: it does not count
    Repeated,  // a tag stands there twice
    NoPolicy,  // p= is missing or unknown, or sp= or np= unknown, and nobody wants reports (§4.10.1): no DMARC
};
std::string_view describe(RecordProblem problem);

constexpr std::size_t most_report_uris = 10;

std::expected<Record, RecordProblem> parse_record(std::string_view text);

/// What somebody publishes who takes the reports of another domain (RFC 9990 §4): the URIs that he wants instead, often
/// none. Nothing: it is no record of that kind.
std::optional<std::vector<ReportUri>> parse_consent(std::string_view text);

}  // namespace dmarc
