#include "authentication/dmarc_forms.h"

#include <fmt/format.h>

#include "text/escape.h"

namespace authentication {
namespace {

namespace json = boost::json;

json::value or_null(std::string_view text) { return text.empty() ? json::value() : json::value(text); }

}  // namespace

std::string dmarc_text(const dmarc::Report& report) {
    std::string text = fmt::format("result: {}", to_text(report.result));
    if (!report.reason.empty()) text += fmt::format(" ({})", text::escaped(report.reason));
    text += fmt::format("\norganizational domain: {}\n", report.organizational_domain);
    if (!report.policy) return text;
    text += fmt::format("policy: {}, published by {}{}\n", to_text(*report.policy), report.policy_domain,
                        report.is_testing ? ", in test mode" : "");
    text += fmt::format("aligned: SPF {}, DKIM {}\n", report.spf_aligned ? "yes" : "no",
                        report.dkim_aligned ? "yes" : "no");
    return text + fmt::format("disposition: {}\n", to_text(report.disposition));
}

json::object dmarc_json(const dmarc::Report& report) {
    return {
        {"result", to_text(report.result)},
        {"policy", report.policy ? json::value(to_text(*report.policy)) : json::value()},
        {"disposition", to_text(report.disposition)},
        {"policy_domain", or_null(report.policy_domain)},
        {"organizational_domain", or_null(report.organizational_domain)},
        {"spf_aligned", report.spf_aligned},
        {"dkim_aligned", report.dkim_aligned},
        {"testing", report.is_testing},
        {"reason", report.reason},
    };
}

}  // namespace authentication
