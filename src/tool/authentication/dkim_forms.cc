#include "authentication/dkim_forms.h"

#include "authentication/surroundings.h"

namespace authentication {

namespace json = boost::json;

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
