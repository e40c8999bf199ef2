#include "import/main_cf.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "text/ascii.h"

namespace import {
namespace {

constexpr std::size_t longest_value = 256 * 1024;
constexpr std::size_t deepest = 20;
constexpr std::size_t most_substitutions = 10'000;

const std::map<std::string, std::string, std::less<>> defaults = {
    {"mydestination", "$myhostname, localhost.$mydomain, localhost"},
    {"myorigin", "$myhostname"},
    {"virtual_alias_maps", "$virtual_maps"},
    {"virtual_alias_domains", "$virtual_alias_maps"},
    {"virtual_mailbox_domains", "$virtual_mailbox_maps"},
    {"inet_interfaces", "all"},
    {"inet_protocols", "all"},
    {"parent_domain_matches_subdomains", "relay_domains"},
    {"config_directory", "/etc/postfix"},
    {"default_database_type", "hash"},
    {"alias_maps", "hash:/etc/aliases"},
};

bool is_name(char c) { return text::is_alphanumeric(c) || c == '_'; }

/// What is behind a "$": the parameter's name, and how many characters it takes; nullopt: nothing that we understand.
struct Reference {
    std::string name;
    std::size_t length = 0;
};
std::optional<Reference> reference_at(std::string_view text) {
    const char open = text.empty() ? '\0' : text.front();
    if (open != '{' && open != '(') {
        const auto end = std::ranges::find_if_not(text, is_name) - text.begin();
        if (end == 0) return std::nullopt;
        return Reference{std::string(text.substr(0, static_cast<std::size_t>(end))), static_cast<std::size_t>(end)};
    }
    const auto close = text.find(open == '{' ? '}' : ')');
    if (close == std::string_view::npos) return std::nullopt;
    const auto name = text.substr(1, close - 1);
    if (name.empty() || !std::ranges::all_of(name, is_name)) return std::nullopt;
    return Reference{std::string(name), close + 1};
}

}  // namespace

MainCf MainCf::parse(const File& file, Report& report) {
    MainCf result;
    result.path_ = file.path;
    Parameter* last = nullptr;
    for (const auto& line : lines_of(file, report)) {
        const auto trimmed = text::trim(line.text);
        if (trimmed.starts_with('#')) continue;
        if (text::is_blank(line.text.front())) {
            if (last && last->value.size() < longest_value) last->value.append(" ").append(trimmed);
            continue;
        }
        const auto equals = trimmed.find('=');
        last = nullptr;
        if (equals == std::string_view::npos) {
            report.add(line.origin, "has no \"=\", and is passed over");
            continue;
        }
        last = &result.parameters_[std::string(text::trim(trimmed.substr(0, equals)))];
        *last = {.value = std::string(text::trim(trimmed.substr(equals + 1))), .origin = line.origin};
    }
    return result;
}

Origin MainCf::origin(std::string_view name) const {
    const auto found = parameters_.find(name);
    return found == parameters_.end() ? Origin{path_} : found->second.origin;
}

std::string MainCf::raw(std::string_view name) const {
    if (const auto found = parameters_.find(name); found != parameters_.end()) return found->second.value;
    if (name == "mydomain") {
        const auto host = raw("myhostname");
        const auto dot = host.find('.');
        return dot == std::string::npos ? "localdomain" : host.substr(dot + 1);
    }
    const auto found = defaults.find(name);
    return found == defaults.end() ? std::string() : found->second;
}

std::expected<std::string, std::string> MainCf::value(std::string_view name) const {
    struct Frame {
        std::string text;
        std::size_t at = 0;
    };
    std::vector<Frame> frames{{raw(name)}};
    std::string out;
    std::size_t substitutions = 0;
    while (!frames.empty()) {
        auto& [text, at] = frames.back();
        const auto dollar = std::min(text.find('$', at), text.size());
        out.append(text, at, dollar - at);
        at = dollar + 1;
        if (dollar == text.size()) {
            frames.pop_back();
            continue;
        }
        if (text.substr(at).starts_with('$')) {
            out += '$';
            ++at;
            continue;
        }
        const auto reference = reference_at(std::string_view(text).substr(at));
        if (!reference) return std::unexpected("has a \"$\" that is not understood");
        at += reference->length;
        if (++substitutions > most_substitutions || frames.size() > deepest || out.size() > longest_value)
            return std::unexpected("stands for too much, or for itself");
        frames.push_back({raw(reference->name)});
    }
    return out;
}

std::vector<std::string> list_of(std::string_view value) {
    std::vector<std::string> elements;
    const auto is_between = [](char c) { return c == ',' || text::is_blank(c); };
    for (std::size_t at = 0; at < value.size();) {
        const auto end = static_cast<std::size_t>(
            std::find_if(value.begin() + static_cast<std::ptrdiff_t>(at), value.end(), is_between) - value.begin());
        if (end > at) elements.emplace_back(value.substr(at, end - at));
        at = end + 1;
    }
    return elements;
}

}  // namespace import
