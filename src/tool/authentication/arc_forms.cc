#include "authentication/arc_forms.h"

#include <fmt/format.h>

#include "authentication/surroundings.h"
#include "text/counted.h"
#include "text/escape.h"

namespace authentication {

std::string arc_text(const arc::Report& report) {
    std::string text = fmt::format("{}, {}", to_text(report.result), text::counted(report.instances, "set"));
    if (!report.reason.empty()) text += fmt::format(": {}", text::escaped(report.reason));
    text += '\n';
    for (const auto& domain : report.sealers) text += fmt::format("  sealed by {}\n", domain);
    return text;
}

boost::json::object arc_json(const arc::Report& report) {
    boost::json::array sealers;
    for (const auto& domain : report.sealers) sealers.emplace_back(domain);
    return {{"result", to_text(report.result)},
            {"instances", report.instances},
            {"reason", json_text(report.reason)},
            {"sealers", std::move(sealers)}};
}

}  // namespace authentication
