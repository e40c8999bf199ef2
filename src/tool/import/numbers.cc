#include "import/numbers.h"

#include <fmt/format.h>

#include <algorithm>

#include "config/quantity.h"

namespace import {
namespace {

std::string to_toml(Unit unit, std::uint64_t value) {
    if (unit == Unit::Seconds) return quoted(config::to_text(std::chrono::seconds(value)));
    return fmt::format("{}", value);
}

}  // namespace

void set_number(const NumberRule& rule, std::uint64_t value, const Origin& origin, Translation& out) {
    const auto taken = std::clamp(value, rule.least, rule.most);
    const auto text = to_toml(rule.unit, taken);
    for (const auto& key : rule.keys) out.draft.set(std::string(rule.table), std::string(key), text, origin);
    if (taken != value)
        out.report.add(origin,
                       fmt::format("{} is {}, which {}.{} cannot be", rule.name, value, rule.table, rule.keys.front()),
                       "it is " + text);
}

}  // namespace import
