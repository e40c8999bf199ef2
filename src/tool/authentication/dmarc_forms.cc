#include "authentication/dmarc_forms.h"

namespace authentication {
namespace {

namespace json = boost::json;

json::value or_null(std::string_view text) { return text.empty() ? json::value() : json::value(text); }

}  // namespace

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
