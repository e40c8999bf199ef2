#include "account/forms.h"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <ctime>

#include "config/node.h"
#include "config/quantity.h"
#include "text/escape.h"

namespace account {

namespace json = boost::json;

std::string time_text(std::int64_t seconds) {
    const auto time = static_cast<std::time_t>(seconds);
    std::tm local{};
    ::localtime_r(&time, &local);
    char text[64];
    return {text, std::strftime(text, sizeof text, "%Y-%m-%d %H:%M", &local)};
}

std::string list_form(const accounts::Domain& domain) {
    std::string text = text::escaped(domain.name);
    if (!domain.same_as.empty()) text += ", the same as " + text::escaped(domain.same_as);
    if (!domain.catch_all.empty()) text += ", catch-all " + text::escaped(domain.catch_all);
    if (domain.delimiters != "+" && domain.same_as.empty())
        text += ", delimiters " + config::toml_string(domain.delimiters);
    return text + "\n";
}

std::string json_form(const accounts::Domain& domain) {
    return json::serialize(json::object{{"domain", domain.name},
                                        {"same_as", domain.same_as},
                                        {"catch_all", domain.catch_all},
                                        {"delimiters", domain.delimiters},
                                        {"created", domain.created}}) +
           "\n";
}

std::string list_form(const accounts::Alias& alias) {
    std::string targets;
    for (const auto& target : alias.targets)
        targets += (targets.empty() ? "" : ", ") + text::escaped(addressing::to_text(target));
    return fmt::format("{}: {}\n", text::escaped(alias.name), targets);
}

std::string json_form(const accounts::Alias& alias) {
    json::array targets;
    for (const auto& target : alias.targets) targets.emplace_back(addressing::to_text(target));
    return json::serialize(
               json::object{{"alias", alias.name}, {"targets", std::move(targets)}, {"created", alias.created}}) +
           "\n";
}

std::string list_form(const accounts::Account& account) {
    std::string text = text::escaped(account.address);
    if (account.quota > 0) text += ", quota " + config::octets_text(account.quota);
    if (account.is_disabled) text += ", disabled";
    return text + "\n";
}

std::string json_form(const accounts::Account& account) {
    return json::serialize(json::object{{"address", account.address},
                                        {"quota", account.quota},
                                        {"disabled", account.is_disabled},
                                        {"created", account.created}}) +
           "\n";
}

}  // namespace account
