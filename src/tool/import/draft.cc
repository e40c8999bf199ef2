#include "import/draft.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

#include "config/node.h"
#include "text/ascii.h"
#include "text/escape.h"
#include "text/idna.h"

namespace import {
namespace {

constexpr std::size_t most_comments = 200;

/// In the order of the manual page.
constexpr auto tables_in_order = std::to_array<std::string_view>(
    {"process", "limits", "smtp", "screening", "screening.no_name", "screening.unresolved_name",
     "screening.address_in_name", "screening.sender_domain", "spf", "srs", "relay", "loops", "local", "queue"});

void put(std::vector<Setting>& settings, Setting setting) {
    const auto present = std::ranges::find(settings, setting.key, &Setting::key);
    if (present == settings.end())
        settings.push_back(std::move(setting));
    else
        *present = std::move(setting);
}

std::string comment_of(const Origin& origin) { return origin.file.empty() ? "" : "  # " + to_text(origin); }

std::string lines_of(const std::vector<Setting>& settings) {
    std::string text;
    for (const auto& [key, value, origin] : settings)
        text += fmt::format("{} = {}{}\n", key, value, comment_of(origin));
    return text;
}

std::string clients_text(const Draft& draft) {
    std::string text;
    for (const auto& client : draft.clients) {
        text += fmt::format("\n[[client]]{}\nnetwork = {}\n", comment_of(client.origin),
                            quoted(ip::to_text(client.network)));
        if (client.action != "allow") text += fmt::format("action = {}\n", quoted(client.action));
        if (client.connections > 0) text += fmt::format("connections = {}\n", client.connections);
        if (!client.text.empty()) text += fmt::format("text = {}\n", quoted(client.text));
    }
    return text;
}

std::string tables_text(const Draft& draft) {
    std::string text;
    for (const auto& table : tables_in_order) {
        const auto found = draft.tables.find(std::string(table));
        if (found != draft.tables.end()) text += fmt::format("\n[{}]\n{}", table, lines_of(found->second));
    }
    return text;
}

std::string domains_text(const Draft& draft) {
    std::string text;
    for (const auto& [name, domain] : draft.domains)
        text += fmt::format("\n[domains.{}]{}\n{}", quoted(name), comment_of(domain.origin), lines_of(domain.settings));
    return text;
}

std::string aliases_text(const Draft& draft) {
    if (draft.aliases.empty()) return {};
    std::string text = "\n[aliases]\n";
    for (const auto& [name, alias] : draft.aliases)
        text += fmt::format("{} = {}{}\n", quoted(name), quoted(alias.targets), comment_of(alias.origin));
    return text;
}

std::string patterns_text(const Draft& draft) {
    auto patterns = draft.patterns;
    std::ranges::sort(patterns, [](const PatternDraft& one, const PatternDraft& other) {
        return std::tie(other.precision, one.pattern) < std::tie(one.precision, other.pattern);
    });
    std::string text;
    for (const auto& [pattern, targets, precision, origin] : patterns)
        text += fmt::format("\n[[alias_pattern]]{}\npattern = {}\nto = {}\n", comment_of(origin), quoted(pattern),
                            quoted(targets));
    return text;
}

std::string routes_text(const Draft& draft) {
    std::string text;
    for (const auto& [domain, next_hop, origin] : draft.routes)
        text += fmt::format("\n[[route]]{}\ndomain = {}\nnext_hop = {}\n", comment_of(origin), quoted(domain),
                            quoted(next_hop));
    return text;
}

std::string foreseen_text(const Report& report) {
    std::string text;
    std::size_t count = 0;
    for (const auto& remark : report.remarks())
        if (remark.is_foreseen && ++count <= most_comments) text += fmt::format("# {}\n", to_text(remark));
    if (count > most_comments) text += fmt::format("# and {} more\n", count - most_comments);
    return text.empty() ? text : "\n# Not there yet; until then it does not happen:\n" + text;
}

}  // namespace

bool DomainDraft::has(std::string_view key) const {
    return std::ranges::find(settings, key, &Setting::key) != settings.end();
}

void DomainDraft::set(std::string key, std::string value, Origin from) {
    put(settings, {.key = std::move(key), .value = std::move(value), .origin = std::move(from)});
}

void Draft::set(const std::string& table, std::string key, std::string value, Origin origin) {
    put(tables[table], {.key = std::move(key), .value = std::move(value), .origin = std::move(origin)});
}

DomainDraft* Draft::domain(std::string_view name, const Origin& origin, Report& report) {
    const auto key = canonical_domain(name);
    if (key.empty()) {
        report.add(origin, fmt::format("\"{}\" is no domain, and is left out", name));
        return nullptr;
    }
    return &domains.try_emplace(key, DomainDraft{.origin = origin, .settings = {}}).first->second;
}

std::string quoted(std::string_view text) { return config::toml_string(text); }

std::string quoted(const std::vector<std::string>& list) {
    std::string text;
    for (const auto& one : list) text += (text.empty() ? "" : ", ") + quoted(one);
    return "[" + text + "]";
}

std::string to_toml(const Draft& draft, const Report& report) {
    std::string text = fmt::format(
        "# hermod.toml(5), made from {}.\n# Behind each line stands where it comes from. What could not be taken over "
        "is in the report.\n\n",
        text::escaped(draft.title));
    if (const auto top = draft.tables.find(""); top != draft.tables.end()) text += lines_of(top->second);
    for (const auto& listener : draft.listeners)
        text += fmt::format("\n[[listen]]\nprotocol = \"smtp\"\naddress = {}{}\n", listener.value,
                            comment_of(listener.origin));
    return text + clients_text(draft) + tables_text(draft) + domains_text(draft) + aliases_text(draft) +
           patterns_text(draft) + routes_text(draft) + foreseen_text(report);
}

std::string escaped_for_pattern(std::string_view text) {
    std::string escaped;
    for (const char c : text) {
        const bool is_plain = text::is_alphanumeric(c) || static_cast<unsigned char>(c) >= 0x80;
        escaped += is_plain ? std::string(1, c) : std::string{'\\', c};
    }
    return escaped;
}

std::string canonical_domain(std::string_view name) {
    const bool is_wildcard = name.starts_with('.');
    const auto domain = text::to_a_labels(is_wildcard ? name.substr(1) : name);
    return domain ? (is_wildcard ? "." : "") + *domain : "";
}

}  // namespace import
