#include "reflection/forms.h"

#include <fmt/format.h>

#include "text/counted.h"
#include "text/escape.h"

namespace reflection {
namespace {

std::string line_of(const spf::Step& step) {
    const std::string indent(2 + 2 * std::size_t{step.depth}, ' ');
    const auto term = text::escaped(step.term);
    const auto finding = text::escaped(step.finding);
    if (step.finding.empty()) return fmt::format("{}{}: {}\n", indent, text::escaped(step.domain), term);
    return fmt::format("{}  {}{}{}\n", indent, term, term.empty() ? "" : "  ", finding);
}

std::string hashed_text(std::string_view canonical) {
    std::string text = "  what was hashed:\n";
    while (!canonical.empty()) {
        const auto end = canonical.find("\r\n");
        text += fmt::format("    {}\n", text::escaped(canonical.substr(0, end)));
        canonical.remove_prefix(end == std::string_view::npos ? canonical.size() : end + 2);
    }
    return text;
}

}  // namespace

std::string_view name_of(spf::Origin origin) {
    switch (origin) {
        case spf::Origin::LocalRules: return "local rules";
        case spf::Origin::Guess: return "guess";
        case spf::Origin::Record: break;
    }
    return "record";
}

std::string spf_text(const spf::Request& request, const spf::Report& report, spf::ReceivedForm form) {
    std::string text = fmt::format("{} {}: may {} send in its name?\n", to_text(report.identity),
                                   text::escaped(report.domain), ip::to_text(request.client.unmapped()));
    for (const auto& step : report.steps) text += line_of(step);
    text += fmt::format("result: {}\n", to_text(report.result));
    if (!report.mechanism.empty())
        text += fmt::format("mechanism: {} ({})\n", text::escaped(report.mechanism), name_of(report.origin));
    if (!report.problem.empty()) text += fmt::format("problem: {}\n", text::escaped(report.problem));
    if (!report.explanation.empty())
        text += fmt::format("explanation{}: {}\n", report.is_theirs ? " of the domain" : "", report.explanation);
    text += fmt::format("lookups: {} of {}, {} without an answer\n", report.lookups, spf::most_lookups,
                        report.void_lookups);
    return text + spf::received_spf(request, report, form) + '\n';
}

std::string dkim_text(const std::vector<dkim::Verdict>& verdicts) {
    if (verdicts.empty()) return "no signature\n";
    std::string text;
    for (const auto& verdict : verdicts) {
        text += fmt::format("{}", to_text(verdict.result));
        if (!verdict.domain.empty())
            text += fmt::format("  {} ({}, {})", verdict.domain, verdict.selector, verdict.algorithm);
        if (!verdict.reason.empty()) text += fmt::format(": {}", text::escaped(verdict.reason));
        text += '\n';
        if (!verdict.canonical_header.empty()) text += hashed_text(verdict.canonical_header);
    }
    return text;
}

std::string arc_text(const arc::Report& report) {
    std::string text = fmt::format("{}, {}", to_text(report.result), text::counted(report.instances, "set"));
    if (!report.reason.empty()) text += fmt::format(": {}", text::escaped(report.reason));
    text += '\n';
    for (const auto& domain : report.sealers) text += fmt::format("  sealed by {}\n", domain);
    return text;
}

std::string dmarc_text(const dmarc::Report& report) {
    std::string text;
    for (const auto& [name, finding] : report.walk)
        text += fmt::format("  {}: {}\n", text::escaped(name), text::escaped(finding));
    text += fmt::format("result: {}", to_text(report.result));
    if (!report.reason.empty()) text += fmt::format(" ({})", text::escaped(report.reason));
    text += fmt::format("\norganizational domain: {}\n", report.organizational_domain);
    if (!report.policy) return text;
    text += fmt::format("policy: {}, published by {}{}\n", to_text(*report.policy), report.policy_domain,
                        report.is_testing ? ", in test mode" : "");
    text += fmt::format("aligned: SPF {}, DKIM {}\n", report.spf_aligned ? "yes" : "no",
                        report.dkim_aligned ? "yes" : "no");
    return text + fmt::format("disposition: {}\n", to_text(report.disposition));
}

std::string to_text(const Findings& findings) {
    constexpr std::size_t longest_results = 65536;
    return fmt::format("SPF\n{}\nDKIM\n{}\nARC\n{}\nDMARC\n{}\nAuthentication-Results: {}\n",
                       spf_text(findings.request, findings.spf, spf::ReceivedForm::Standard), dkim_text(findings.dkim),
                       arc_text(findings.arc), dmarc_text(findings.dmarc),
                       text::escaped(findings.authentication_results, longest_results));
}

}  // namespace reflection
