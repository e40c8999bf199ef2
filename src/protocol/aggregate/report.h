#pragma once
// A DMARC aggregate report as data: what a receiver tells a domain about the mail that came in its name on one day, by
// where it came from and what it proved. RFC 9990 §3.1; the reports of RFC 7489 Appendix C are read as well.
//
// No addresses of people and nothing of any message are in it (§7.2).

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "dmarc/record.h"
#include "ip/address.h"

namespace aggregate {

/// Why something else was done than the domain wants: "local_policy", "mailing_list", "policy_test_mode",
/// "trusted_forwarder" or "other" (§3.1.6).
struct Reason {
    std::string type;
    std::string comment;
    bool operator==(const Reason&) const = default;
};

struct DkimResult {
    std::string domain;
    std::string selector;
    std::string result;        // in the words of RFC 8601 §2.7.1
    std::string human_result;  // may be empty
    bool operator==(const DkimResult&) const = default;
};

struct SpfResult {
    std::string domain;
    std::string scope;  // "mfrom"; in reports of the old kind also "helo"; may be empty
    std::string result;
    std::string human_result;
    bool operator==(const SpfResult&) const = default;
};

/// Mail of one kind from one address.
struct Record {
    ip::Address source;
    std::uint64_t count = 0;
    dmarc::Policy disposition = dmarc::Policy::None;  // what was done
    bool is_dkim_aligned = false;                     // and passed: what DMARC goes by
    bool is_spf_aligned = false;
    std::vector<Reason> reasons;
    std::string header_from;                   // a domain
    std::optional<std::string> envelope_from;  // a domain; empty: the null reverse-path
    std::vector<DkimResult> dkim;
    std::vector<SpfResult> spf;
    bool operator==(const Record&) const = default;
};

/// The domain's record, as it was when the mail came.
struct Published {
    std::string domain;  // where it is
    dmarc::Policy policy = dmarc::Policy::None;
    std::optional<dmarc::Policy> subdomain_policy;
    std::optional<dmarc::Policy> nonexistent_policy;
    dmarc::Alignment dkim = dmarc::Alignment::Relaxed;
    dmarc::Alignment spf = dmarc::Alignment::Relaxed;
    std::string failure_options;  // may be empty
    bool is_testing = false;
    bool operator==(const Published&) const = default;
};

struct Report {
    std::string organization;
    std::string email;
    std::string contact;  // may be empty
    std::string id;
    std::int64_t begin = 0;  // seconds since 1970
    std::int64_t end = 0;
    std::vector<std::string> errors;
    std::string generator;  // may be empty
    Published published;
    std::vector<Record> records;
    bool operator==(const Report&) const = default;
};

}  // namespace aggregate
