#include <fmt/format.h>

#include <algorithm>

#include "provenance/inquiry.h"
#include "text/base64.h"

namespace provenance {
namespace {

authres::Result result_of(const Spf& spf) {
    const bool is_helo = spf.identity == spf::Identity::Helo;
    return {.method = "spf",
            .result = std::string(to_text(spf.result)),
            .reason = spf.locally ? fmt::format("{} by rules or guesses of ours", to_text(*spf.locally)) : "",
            .properties = {{"smtp", is_helo ? "helo" : "mailfrom", spf.name}}};
}

authres::Result result_of(const dkim::Verdict& verdict) {
    authres::Result result{.method = "dkim", .result = std::string(to_text(verdict.result)), .reason = verdict.reason};
    if (verdict.domain.empty()) return result;
    result.properties = {
        {"header", "d", verdict.domain}, {"header", "s", verdict.selector}, {"header", "a", verdict.algorithm}};
    // Tells signatures of one domain apart (RFC 6008 §4).
    if (!verdict.octets.empty())
        result.properties.push_back({"header", "b", text::to_base64(verdict.octets).substr(0, 8)});
    return result;
}

authres::Result result_of(const arc::Report& arc) {
    authres::Result result{.method = "arc", .result = std::string(to_text(arc.result)), .reason = arc.reason};
    if (!arc.sealers.empty()) result.properties.push_back({"header", "d", arc.sealers.back()});
    return result;
}

authres::Result result_of(const dmarc::Report& dmarc, const Author& author) {
    authres::Result result{.method = "dmarc", .result = std::string(to_text(dmarc.result)), .reason = dmarc.reason};
    if (!author.domain.empty()) result.properties.push_back({"header", "from", author.domain});
    if (dmarc.result == dmarc::Result::Fail)
        result.properties.push_back({"policy", "dmarc", std::string(to_text(dmarc.disposition))});
    return result;
}

}  // namespace

authres::Results results_of(const Findings& findings, std::string authserv_id) {
    authres::Results results{.authserv_id = std::move(authserv_id)};
    for (const auto& one : findings.spf) results.results.push_back(result_of(one));
    if (findings.dkim.empty()) results.results.push_back({.method = "dkim", .result = "none"});
    for (std::size_t i = 0; i < std::min(findings.dkim.size(), dkim::most_signatures); ++i)
        results.results.push_back(result_of(findings.dkim[i]));
    results.results.push_back(result_of(findings.arc));
    results.results.push_back(result_of(findings.dmarc, findings.author));
    return results;
}

}  // namespace provenance
