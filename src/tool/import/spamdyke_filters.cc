#include "import/spamdyke_filters.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "site/screening.h"
#include "text/ascii.h"

namespace import {
namespace {

constexpr std::string_view action = "action";
const std::string reject = quoted("reject");

}  // namespace

bool SpamdykeFilters::take(std::string_view name, std::string_view value, const Origin& origin) {
    if (name == "reject-sender") {
        take_senders(value, origin);
        return true;
    }
    return take_switch(name, value, origin) || take_values(name, value, origin);
}

/// "reject-empty-rdns", "reject-empty-rdns=yes": the last word counts.
bool SpamdykeFilters::take_switch(std::string_view name, std::string_view value, const Origin& origin) {
    auto* of = name == "reject-empty-rdns"          ? &no_name_
               : name == "reject-unresolvable-rdns" ? &unresolved_name_
               : name == "reject-ip-in-cc-rdns"     ? &address_in_country_name_
                                                    : nullptr;
    if (!of) return false;
    constexpr std::array<std::string_view, 3> no{"no", "false", "0"};
    const bool is_off = std::ranges::any_of(no, [&](auto word) { return text::equal_ignoring_case(value, word); });
    *of = {.is_on = !is_off, .origin = origin};
    return true;
}

void SpamdykeFilters::take_senders(std::string_view value, const Origin& origin) {
    if (text::equal_ignoring_case(value, "none") || value == "!!!" || value == "!no-mx")
        sender_domain_ = {};
    else if (text::equal_ignoring_case(value, "no-mx"))
        sender_domain_ = {.is_on = true, .origin = origin};
    else
        report_.add_foreseen(origin,
                             fmt::format("reject-sender={}: there is no such filter yet", value.substr(0, 100)));
}

bool SpamdykeFilters::take_values(std::string_view name, std::string_view value, const Origin& origin) {
    const std::array<std::pair<std::string_view, Values*>, 6> kinds{{
        {"ip-in-rdns-keyword-blacklist", &keywords_},
        {"ip-in-rdns-keyword-whitelist", &not_keywords_},
        {"dns-blacklist", &blacklists_},
        {"dns-whitelist", &whitelists_},
        {"rhs-blacklist", &name_blacklists_},
        {"rhs-whitelist", &name_whitelists_},
    }};
    for (const auto& [prefix, values] : kinds) {
        if (!name.starts_with(prefix)) continue;
        const auto form = name.substr(prefix.size());
        if (form == "-entry") {
            take_value(*values, value, origin);
            return true;
        }
        if (form != "-file") return false;
        const auto file = named_(std::string(value));
        if (!file)
            report_.add(origin, fmt::format("{} cannot be read: {}", value.substr(0, 200), file.error()));
        else
            for (const auto& line : lines_of(*file, report_)) take_value(*values, text::trim(line.text), line.origin);
        return true;
    }
    return false;
}

/// "!value" takes it out again, "!!!" all of them.
void SpamdykeFilters::take_value(Values& values, std::string_view value, const Origin& origin) {
    if (value == "!!!") return values.clear();
    if (value.starts_with('!'))
        std::erase_if(values, [&](const auto& one) { return one.first == value.substr(1); });
    else
        values.emplace_back(value, origin);
}

/// Those that we can look for; the others are reported.
std::vector<std::string> SpamdykeFilters::keywords(const Values& values) {
    std::vector<std::string> good;
    for (const auto& [keyword, origin] : values) {
        if (const auto flaw = site::keywords_flaw({keyword}); !flaw.empty())
            report_.add(origin, flaw, "it is left out");
        else
            good.push_back(keyword);
    }
    return good;
}

void SpamdykeFilters::write_address_in_name(Draft& draft) {
    const auto words = keywords(keywords_);
    if (words.empty()) {
        if (address_in_country_name_.is_on)
            report_.add_foreseen(address_in_country_name_.origin,
                                 "reject-ip-in-cc-rdns: names below a country's domain are told apart only beside "
                                 "keywords: set screening.address_in_name");
        return;
    }
    const std::string table = "screening.address_in_name";
    const auto& origin = keywords_.front().second;
    draft.set(table, std::string(action), reject, origin);
    draft.set(table, "keywords", quoted(words), origin);
    if (const auto spared = keywords(not_keywords_); !spared.empty())
        draft.set(table, "not_keywords", quoted(spared), not_keywords_.front().second);
    draft.set(table, "countries", address_in_country_name_.is_on ? "true" : "false", origin);
}

void SpamdykeFilters::add_lists(const Values& zones, const std::vector<std::string_view>& things, bool allows,
                                std::string& lists) {
    for (const auto& [zone, origin] : zones) {
        if (const auto flaw = site::list_zone_flaw(zone); !flaw.empty()) {
            report_.add(origin, fmt::format("\"{}\": {}", zone.substr(0, 200), flaw), "the list is left out");
            continue;
        }
        for (const auto thing : things)
            lists += fmt::format("{}{{ zone = {}, of = {}, {}action = {} }}", lists.empty() ? "" : ", ", quoted(zone),
                                 quoted(thing), allows ? "allows = true, " : "", allows ? quoted("record") : reject);
    }
}

void SpamdykeFilters::write(Draft& draft) {
    const std::array<std::pair<std::string_view, const Switch*>, 3> stages{
        {{"no_name", &no_name_}, {"unresolved_name", &unresolved_name_}, {"sender_domain", &sender_domain_}}};
    for (const auto& [name, stage] : stages)
        if (stage->is_on) draft.set(fmt::format("screening.{}", name), std::string(action), reject, stage->origin);
    write_address_in_name(draft);
    std::string lists;
    add_lists(whitelists_, {"client"}, true, lists);
    add_lists(name_whitelists_, {"name", "sender"}, true, lists);
    add_lists(blacklists_, {"client"}, false, lists);
    add_lists(name_blacklists_, {"name", "sender"}, false, lists);
    for (const auto* all : {&blacklists_, &name_blacklists_, &whitelists_, &name_whitelists_})
        if (!lists.empty() && !all->empty()) {
            draft.set("screening", "lists", '[' + lists + ']', all->front().second);
            break;
        }
}

}  // namespace import
