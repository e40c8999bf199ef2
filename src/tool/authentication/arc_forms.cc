#include "authentication/arc_forms.h"

#include "authentication/surroundings.h"

namespace authentication {

boost::json::object arc_json(const arc::Report& report) {
    boost::json::array sealers;
    for (const auto& domain : report.sealers) sealers.emplace_back(domain);
    return {{"result", to_text(report.result)},
            {"instances", report.instances},
            {"reason", json_text(report.reason)},
            {"sealers", std::move(sealers)}};
}

}  // namespace authentication
