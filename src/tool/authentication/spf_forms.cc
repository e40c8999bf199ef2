#include "authentication/spf_forms.h"

#include <boost/json.hpp>

#include "authentication/surroundings.h"
#include "reflection/forms.h"

namespace authentication {
namespace json = boost::json;

std::string spf_json(const spf::Request& request, const spf::Report& report, spf::ReceivedForm form) {
    json::array steps;
    for (const auto& step : report.steps)
        steps.push_back(json::object{{"depth", step.depth},
                                     {"domain", json_text(step.domain)},
                                     {"term", json_text(step.term)},
                                     {"finding", json_text(step.finding)}});
    return json::serialize(json::object{
        {"result", to_text(report.result)},
        {"identity", to_text(report.identity)},
        {"domain", json_text(report.domain)},
        {"mechanism", json_text(report.mechanism)},
        {"origin", reflection::name_of(report.origin)},
        {"explanation", report.explanation},
        {"explanation_is_theirs", report.is_theirs},
        {"problem", json_text(report.problem)},
        {"lookups", report.lookups},
        {"void_lookups", report.void_lookups},
        {"header", spf::received_spf(request, report, form)},
        {"steps", std::move(steps)},
    });
}

}  // namespace authentication
