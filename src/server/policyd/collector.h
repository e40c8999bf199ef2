#pragma once
// Who keeps count of what DMARC made of mail, for the reports that domains ask for. RFC 9990.

#include <span>
#include <string>
#include <vector>

#include "aggregate/report.h"
#include "dkim/verifier.h"
#include "dmarc/check.h"
#include "ip/address.h"
#include "spf/result.h"

namespace policyd {

/// One message of a stranger that DMARC was asked about, and what becomes of it. Domains are lower case, A-labels.
struct Evaluation {
    ip::Address client;
    std::string header_from;                          // the author domain
    std::string envelope_from;                        // the domain of the reverse-path; empty: the null reverse-path
    std::string spf_domain;                           // that was asked about; empty: none was
    spf::Result spf = spf::Result::None;              // of it
    std::span<const dkim::Verdict> dkim;              // all of them; lives as long as the call
    const dmarc::Report& dmarc;                       // likewise
    dmarc::Policy disposition = dmarc::Policy::None;  // what is done
    std::vector<aggregate::Reason> reasons;           // where that is not what dmarc.policy wants of mail that failed
    bool is_report = false;  // it brings us such a report: two servers must not report about their reports for ever
};

class Collector {
public:
    virtual ~Collector() = default;
    /// Cheap; keeps nothing of those whose domain wants no reports.
    virtual void note(const Evaluation& evaluation) = 0;
};

}  // namespace policyd
