#pragma once
// Settings that differ by the recipients' domain: tables such as [spf.domains."example.org"], and for all domains below
// one, [spf.domains.".example.org"].

#include <map>
#include <string>
#include <string_view>

namespace site {

/// Whether a name, as an administrator wrote it, is this one in A-labels; both with a dot in front, or neither.
bool is_name_of(std::string_view written, std::string_view name);

/// The domain's own, else that of the nearest domain above it. Null: none.
template <typename T>
const T* entry_for(const std::map<std::string, T>& entries, std::string_view domain) {
    const auto find = [&](std::string_view name) -> const T* {
        for (const auto& [written, entry] : entries)
            if (is_name_of(written, name)) return &entry;
        return nullptr;
    };
    if (entries.empty()) return nullptr;
    if (const auto* own = find(domain)) return own;
    for (auto dot = domain.find('.'); dot != domain.npos; dot = domain.find('.', dot + 1))
        if (const auto* above = find(domain.substr(dot))) return above;
    return nullptr;
}

/// Of the name of such a table.
std::string entry_name_flaw(const std::string& name);

template <typename T>
std::string entry_names_flaw(const std::map<std::string, T>& entries) {
    for (const auto& [name, entry] : entries)
        if (auto flaw = entry_name_flaw(name); !flaw.empty()) return flaw;
    return {};
}

}  // namespace site
