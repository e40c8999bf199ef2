#pragma once
// Where the reports of a domain may go: those addresses of rua= that are its own, or that agree to get its reports.
// RFC 9990 §3.5 (sizes), §4 (Verifying External Destinations).
//
//   Destinations destinations(policy_domain, record.aggregate_reports);
//   while (auto question = destinations.question()) destinations.answer(ask(*question));
//   destinations.found()
//
// Hostile: a record may name anybody, so that we fill his mailbox. Whoever is outside must say that he wants to. Pure;
// only mailto: is known, and at most dmarc::most_report_uris are looked at.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dmarc/record.h"
#include "dmarc/tree_walk.h"
#include "dns/answer.h"

namespace aggregate {

struct Destination {
    std::string address;            // of a mailbox
    std::uint64_t most_octets = 0;  // of the message; 0: any
    bool operator==(const Destination&) const = default;
};

/// Nothing: it is no mailto: URI (RFC 6068), or has no address that can be used.
std::optional<Destination> parse_destination(const dmarc::ReportUri& uri);

class Destinations {
public:
    Destinations(std::string policy_domain, const std::vector<dmarc::ReportUri>& uris);

    const std::optional<dns::Question>& question() const { return question_; }
    void answer(const dns::Answer& answer);

    const std::vector<Destination>& found() const { return found_; }
    /// One was left out because the DNS did not answer; another time it may be good.
    bool had_temporary_error() const { return had_temporary_error_; }

private:
    enum class Step : std::uint8_t { OwnOrganization, TheirOrganization, Consent };

    void begin_next();
    void proceed();
    void ask_for_consent();
    void take_consent(const dns::Answer& answer);
    const std::string& host() const { return host_; }

    std::string policy_domain_;
    std::vector<Destination> candidates_;
    std::size_t next_ = 0;
    Step step_ = Step::OwnOrganization;
    dmarc::TreeWalk own_;
    std::optional<dmarc::TreeWalk> theirs_;
    std::string host_;  // of the candidate looked at
    std::optional<dns::Question> question_;
    std::vector<Destination> found_;
    bool had_temporary_error_ = false;
};

}  // namespace aggregate
