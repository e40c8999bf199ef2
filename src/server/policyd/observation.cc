#include "policyd/observation.h"

#include <algorithm>

#include "text/ascii.h"

namespace policyd {
namespace {

bool wants_reports(const dmarc::Report& report) {
    if (report.result != dmarc::Result::Pass && report.result != dmarc::Result::Fail) return false;
    return report.record && std::ranges::any_of(report.record->aggregate_reports, [](const dmarc::ReportUri& uri) {
               return text::starts_with_ignoring_case(uri.uri, "mailto:");
           });
}

aggregate::Published published_by(const dmarc::Report& report) {
    const auto& record = *report.record;
    return {.domain = report.policy_domain,
            .policy = record.policy,
            .subdomain_policy = record.subdomain_policy,
            .nonexistent_policy = record.nonexistent_policy,
            .dkim = record.dkim,
            .spf = record.spf,
            .failure_options = record.failure_options,
            .is_testing = record.is_testing};
}

/// Whoever reads the report must learn why something else was done than he wants (§3.1.1.9).
std::vector<aggregate::Reason> reasons_of(const Evaluation& evaluation) {
    const auto& report = evaluation.dmarc;
    const bool is_as_wanted =
        report.result == dmarc::Result::Pass || !report.policy || *report.policy == evaluation.disposition;
    if (is_as_wanted || !evaluation.reasons.empty()) return evaluation.reasons;
    return {{.type = report.is_testing && report.disposition == evaluation.disposition ? "policy_test_mode"
                                                                                       : "local_policy"}};
}

constexpr int last_rank = 3;

/// §3.1.3: which signatures are told of first.
int rank(const dkim::Verdict& verdict, const Evaluation& evaluation) {
    if (verdict.result != dkim::Result::Pass) return last_rank;
    if (verdict.domain == evaluation.header_from) return 0;
    return dkim::is_in_domain(verdict.domain, evaluation.dmarc.organizational_domain) ? 1 : 2;
}

std::vector<aggregate::DkimResult> dkim_of(const Evaluation& evaluation) {
    std::vector<aggregate::DkimResult> results;
    for (int wanted = 0; wanted <= last_rank; ++wanted)
        for (const auto& verdict : evaluation.dkim)
            if (!verdict.domain.empty() && rank(verdict, evaluation) == wanted &&
                results.size() < dkim::most_signatures)
                results.push_back({.domain = verdict.domain,
                                   .selector = verdict.selector,
                                   .result = std::string(to_text(verdict.result)),
                                   .human_result = verdict.reason});
    return results;
}

}  // namespace

std::optional<reports::Observation> observation_of(const Evaluation& evaluation) {
    if (!wants_reports(evaluation.dmarc) || evaluation.is_report) return std::nullopt;
    reports::Observation observation{.published = published_by(evaluation.dmarc),
                                     .destinations = evaluation.dmarc.record->aggregate_reports,
                                     .record = {.source = evaluation.client.unmapped(), .count = 1}};
    auto& record = observation.record;
    record.disposition = evaluation.disposition;
    record.is_dkim_aligned = evaluation.dmarc.dkim_aligned;
    record.is_spf_aligned = evaluation.dmarc.spf_aligned;
    record.reasons = reasons_of(evaluation);
    record.header_from = evaluation.header_from;
    record.envelope_from = evaluation.envelope_from;
    record.dkim = dkim_of(evaluation);
    if (!evaluation.spf_domain.empty())
        record.spf = {
            {.domain = evaluation.spf_domain, .scope = "mfrom", .result = std::string(to_text(evaluation.spf))}};
    return observation;
}

}  // namespace policyd
