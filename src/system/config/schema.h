#pragma once
// What a configuration may contain, as data: read off the settings of every process that shares the file. From it come
// the manual page, the admin form, and the complaint about a key that nobody knows.

#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "config/node.h"
#include "config/setting.h"
#include "config/value.h"

namespace config {

struct Known {
    enum class Shape { Value, Table, Tables, TablesByName };

    std::string name;
    Shape shape = Shape::Value;
    std::string kind;      // "a duration, such as …"
    std::string standard;  // the default as TOML; empty: none
    std::string allowed;   // "1 to 100"; empty: whatever the kind allows
    std::string meaning;
    bool is_required = false;
    bool is_for_start = false;    // a running server keeps it until it is started anew
    bool takes_any_name = false;  // a table whose keys the administrator chooses
    std::vector<Known> members;

    const Known* find(std::string_view key) const;
    bool operator==(const Known&) const = default;
};

/// Adds `more` and what is below it; what is known already stays once.
void merge(Known& into, const Known& more);

template <Structure C>
std::vector<Known> known_members();

template <typename T>
void describe_shape(Known& known) {
    if constexpr (Structure<T>) {
        known.shape = Known::Shape::Table;
        known.members = known_members<T>();
    } else if constexpr (IsList<T>::value) {
        if constexpr (Structure<typename T::value_type>) {
            known.shape = Known::Shape::Tables;
            known.members = known_members<typename T::value_type>();
        }
    } else if constexpr (IsNamed<T>::value) {
        known.takes_any_name = true;
        if constexpr (Structure<typename T::mapped_type>) {
            known.shape = Known::Shape::TablesByName;
            known.members = known_members<typename T::mapped_type>();
        } else {
            known.shape = Known::Shape::Table;
        }
    }
}

template <typename Owner, typename T>
Known describe_setting(const Setting<Owner, T>& described, const std::type_identity_t<Owner>& standard) {
    Known known{.name = std::string(described.name),
                .kind = kind_of<T>(described.unit),
                .standard = toml_of(standard.*(described.member), described.unit),
                .allowed = allowed_text(described),
                .meaning = std::string(described.meaning),
                .is_required = described.presence == Presence::Required,
                .is_for_start = described.is_for_start};
    describe_shape<T>(known);
    return known;
}

template <Structure C>
std::vector<Known> known_members() {
    const C standard{};
    std::vector<Known> members;
    const auto add = [&](const auto& described) {
        if (described.presence != Presence::Internal) members.push_back(describe_setting(described, standard));
    };
    std::apply([&](const auto&... described) { (add(described), ...); }, settings(static_cast<const C*>(nullptr)));
    return members;
}

/// The keys at the top of the file that a process with this Config reads.
template <Structure C>
Known schema() {
    return Known{.shape = Known::Shape::Table, .members = known_members<C>()};
}

/// "process.workers" → "4": the values that a running server keeps until it is started anew.
using StartValues = std::map<std::string, std::string>;

template <Structure C>
void gather_start_values(const C& from, const std::string& above, StartValues& into);

/// All that stands in a table, to be compared.
template <Structure C>
std::string text_of(const C& table) {
    std::string text;
    const auto add = [&](const auto& described) {
        text += std::string(described.name) + " = " + toml_of(table.*(described.member), described.unit) + "\n";
    };
    std::apply([&](const auto&... described) { (add(described), ...); }, settings(static_cast<const C*>(nullptr)));
    return text;
}

template <typename T>
std::string start_value(const T& value, Unit unit) {
    if constexpr (IsList<T>::value) {
        if constexpr (Structure<typename T::value_type>) {
            std::string text;
            for (const auto& table : value) text += text_of(table) + "\n";
            return text;
        }
    }
    return toml_of(value, unit);
}

template <typename Owner, typename T>
void gather_start_value(const Setting<Owner, T>& described, const std::type_identity_t<Owner>& from,
                        const std::string& above, StartValues& into) {
    const T& value = from.*(described.member);
    const std::string name = above + std::string(described.name);
    if (described.is_for_start) into[name] = start_value(value, described.unit);
    if constexpr (Structure<T>) gather_start_values(value, name + ".", into);
}

template <Structure C>
void gather_start_values(const C& from, const std::string& above, StartValues& into) {
    std::apply([&](const auto&... described) { (gather_start_value(described, from, above, into), ...); },
               settings(static_cast<const C*>(nullptr)));
}

struct UnknownKey {
    Problem problem;
    std::string meant;  // the setting that is probably meant: "limits.connections"; may be empty
};

/// Keys that nothing in `known` describes, each with the nearest that does.
std::vector<UnknownKey> unknown_keys(const Document& document, const Known& known);

}  // namespace config
