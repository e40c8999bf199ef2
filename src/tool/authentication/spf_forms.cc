#include "authentication/spf_forms.h"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "authentication/surroundings.h"
#include "text/escape.h"

namespace authentication {
namespace {

namespace json = boost::json;

std::string_view name_of(spf::Origin origin) {
    switch (origin) {
        case spf::Origin::LocalRules: return "local rules";
        case spf::Origin::Guess: return "guess";
        case spf::Origin::Record: break;
    }
    return "record";
}

std::string line_of(const spf::Step& step) {
    const std::string indent(2 + 2 * std::size_t{step.depth}, ' ');
    const auto term = text::escaped(step.term);
    const auto finding = text::escaped(step.finding);
    if (step.finding.empty()) return fmt::format("{}{}: {}\n", indent, text::escaped(step.domain), term);
    return fmt::format("{}  {}{}{}\n", indent, term, term.empty() ? "" : "  ", finding);
}

}  // namespace

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
        {"origin", name_of(report.origin)},
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
