#include "authentication/dkim_forms.h"

#include <fmt/format.h>

#include "authentication/surroundings.h"
#include "text/escape.h"

namespace authentication {
namespace {

namespace json = boost::json;

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

json::object dkim_json(const std::vector<dkim::Verdict>& verdicts) {
    json::array signatures;
    for (const auto& verdict : verdicts)
        signatures.push_back(json::object{{"domain", verdict.domain},
                                          {"selector", verdict.selector},
                                          {"identity", json_text(verdict.identity)},
                                          {"algorithm", verdict.algorithm},
                                          {"result", to_text(verdict.result)},
                                          {"reason", json_text(verdict.reason)},
                                          {"body_length_used", verdict.body_length_used},
                                          {"testing", verdict.is_testing},
                                          {"canonical_header", json_text(verdict.canonical_header)}});
    return {{"signatures", std::move(signatures)}};
}

}  // namespace authentication
