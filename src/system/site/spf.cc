#include "site/spf.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "site/by_domain.h"
#include "spf/macro.h"
#include "spf/record.h"

namespace {

constexpr std::array<std::string_view, 7> names{
    "off", "record", "defer", "reject_fail", "reject_softfail", "reject_neutral", "reject_none"};

}  // namespace

std::optional<site::SpfBehavior> config::Text<site::SpfBehavior>::parse(std::string_view text) {
    if (text.size() == 1 && text[0] >= '0' && text[0] < '0' + static_cast<char>(names.size()))
        return static_cast<site::SpfBehavior>(text[0] - '0');
    const auto* const found = std::ranges::find(names, text);
    if (found == names.end()) return std::nullopt;
    return static_cast<site::SpfBehavior>(found - names.begin());
}

std::string config::Text<site::SpfBehavior>::write(site::SpfBehavior behavior) {
    return std::string(names.at(std::to_underlying(behavior)));
}

namespace site {
namespace {

std::string flaw_of(const spf::Error& error, std::string_view text) {
    return fmt::format("cannot be read at {:?}: {}", text.substr(std::min(error.offset, text.size())),
                       spf::describe(error.code));
}

}  // namespace

SpfBehavior behavior_for(const Spf& spf, std::string_view domain) {
    const auto* const own = entry_for(spf.domains, domain);
    return own ? own->behavior : spf.behavior;
}

bool is_checked(const Spf& spf) {
    return spf.behavior != SpfBehavior::Off ||
           std::ranges::any_of(spf.domains, [](const auto& one) { return one.second.behavior != SpfBehavior::Off; });
}

std::string spf_rules_flaw(const std::string& rules) {
    const auto parsed = spf::parse_rules(rules);
    return parsed ? std::string() : flaw_of(parsed.error(), rules);
}

std::string spf_explanation_flaw(const std::string& text) {
    const auto parsed = spf::parse_macro_string(text, spf::MacroUse::Reply);
    return parsed ? std::string() : flaw_of(parsed.error(), text);
}

}  // namespace site
