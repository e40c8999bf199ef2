#pragma once
// How a value of each C++ type is read from the tree, written as TOML, and described in the manual page.

#include <fmt/format.h>

#include <cmath>
#include <concepts>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "config/node.h"
#include "config/quantity.h"
#include "config/setting.h"
#include "ip/address.h"

namespace config {

template <>
struct Text<ip::Network> {
    static constexpr std::string_view kind = "an IP network, such as \"192.0.2.0/24\" or \"2001:db8::/32\"";
    static std::optional<ip::Network> parse(std::string_view text) { return ip::parse_network(text); }
    static std::string write(const ip::Network& network) { return ip::to_text(network); }
};
template <>
struct Text<ip::Address> {
    static constexpr std::string_view kind = "an IP address, such as \"192.0.2.1\" or \"2001:db8::1\"";
    static std::optional<ip::Address> parse(std::string_view text) { return ip::parse_address(text); }
    static std::string write(const ip::Address& address) { return ip::to_text(address); }
};
template <>
struct Text<ip::Endpoint> {
    static constexpr std::string_view kind = "an address and a port, such as \"0.0.0.0:25\" or \"[::]:25\"";
    static std::optional<ip::Endpoint> parse(std::string_view text) { return ip::parse_endpoint(text); }
    static std::string write(const ip::Endpoint& endpoint) { return ip::to_text(endpoint); }
};

/// Reading in progress: which document, under which key, and what was found wrong so far.
class Reading {
public:
    Reading(const Document& document, Problems& problems) : document_(document), problems_(problems) {}

    void complain(Position where, std::string problem, std::string remedy = {}) {
        problems_.push_back(document_.problem_at(where, key_, std::move(problem), std::move(remedy)));
    }
    void wrong_kind(const Node& node, std::string_view wanted);

    const std::string& key() const { return key_; }
    void set_key(std::string key) { key_ = std::move(key); }
    /// "1 to 100", of the setting that is read; empty: whatever its type holds.
    const std::string& allowed() const { return allowed_; }
    void set_allowed(std::string allowed) { allowed_ = std::move(allowed); }

private:
    const Document& document_;
    Problems& problems_;
    std::string key_;
    std::string allowed_;
};

/// A short form of a node for messages: 0, "text", a table.
std::string shown(const Node& node);

template <typename T>
bool read(const Node& node, T& out, Unit unit, Reading& reading);
template <Structure C>
void read_structure(const Node& table, C& out, Reading& reading);

// ---- description

template <typename T>
std::string kind_of(Unit unit) {
    if constexpr (std::same_as<T, bool>)
        return "true or false";
    else if constexpr (Duration<T>)
        return "a duration, such as \"90s\" or \"1h30m\"";
    else if constexpr (std::integral<T>)
        return unit == Unit::Octets ? "a size, such as 4096 or \"50MB\"" : "an integer";
    else if constexpr (std::floating_point<T>)
        return "a number";
    else if constexpr (std::same_as<T, std::string>)
        return "a string";
    else if constexpr (Textual<T>)
        return std::string(Text<T>::kind);
    else if constexpr (IsOptional<T>::value)
        return kind_of<typename T::value_type>(unit);
    else if constexpr (IsList<T>::value) {
        if constexpr (Structure<typename T::value_type>)
            return "tables";
        else
            return "a list; each element: " + kind_of<typename T::value_type>(unit);
    } else if constexpr (IsNamed<T>::value) {
        if constexpr (Structure<typename T::mapped_type>)
            return "tables by name";
        else
            return "a table of names; each value: " + kind_of<typename T::mapped_type>(unit);
    } else if constexpr (Chosen<T>) {
        std::string names;
        for (const auto& choice : choices(T{})) names += (names.empty() ? "" : ", ") + toml_string(choice.name);
        return "one of " + names;
    } else {
        static_assert(Structure<T>);
        return "a table";
    }
}

/// The value as TOML; empty where there is none (an optional that is not set, a table).
template <typename T>
std::string toml_of(const T& value, Unit unit) {
    if constexpr (std::same_as<T, bool>)
        return value ? "true" : "false";
    else if constexpr (Duration<T>)
        return toml_string(to_text(std::chrono::duration_cast<std::chrono::milliseconds>(value)));
    else if constexpr (std::integral<T>) {
        if (unit != Unit::Octets) return fmt::to_string(value);
        const std::string text = octets_text(static_cast<std::uint64_t>(value));
        return text == fmt::to_string(value) ? text : toml_string(text);
    } else if constexpr (std::floating_point<T>)
        return fmt::to_string(value);
    else if constexpr (std::same_as<T, std::string>)
        return toml_string(value);
    else if constexpr (Textual<T>)
        return toml_string(Text<T>::write(value));
    else if constexpr (Chosen<T>) {
        for (const auto& choice : choices(T{}))
            if (choice.value == value) return toml_string(choice.name);
        return "";
    } else if constexpr (IsOptional<T>::value)
        return value ? toml_of(*value, unit) : "";
    else if constexpr (IsList<T>::value) {
        if constexpr (Structure<typename T::value_type>)
            return "";
        else {
            std::string text;
            for (const auto& item : value) text += (text.empty() ? "" : ", ") + toml_of(item, unit);
            return "[" + text + "]";
        }
    } else
        return "";
}

// ---- reading, one type after another

inline bool read_value(const Node& node, bool& out, Unit, Reading& reading) {
    if (node.kind != Node::Kind::Boolean) return reading.wrong_kind(node, kind_of<bool>(Unit::None)), false;
    out = node.truth;
    return true;
}

inline bool read_value(const Node& node, std::string& out, Unit, Reading& reading) {
    if (node.kind != Node::Kind::String) return reading.wrong_kind(node, kind_of<std::string>(Unit::None)), false;
    out = node.text;
    return true;
}

std::optional<std::int64_t> read_octets(const Node& node);

template <std::integral T>
    requires(!std::same_as<T, bool>)
bool read_value(const Node& node, T& out, Unit unit, Reading& reading) {
    std::optional<std::int64_t> count;
    if (node.kind == Node::Kind::Integer)
        count = node.integer;
    else if (unit == Unit::Octets)
        count = read_octets(node);
    if (!count) return reading.wrong_kind(node, kind_of<T>(unit)), false;
    if (!std::in_range<T>(*count)) {
        const auto type_range = fmt::format("{} to {}", std::numeric_limits<T>::min(), std::numeric_limits<T>::max());
        reading.complain(node.where, shown(node) + (*count < 0 ? " is too small" : " is too large"),
                         (reading.allowed().empty() ? type_range : reading.allowed()) + " is allowed");
        return false;
    }
    out = static_cast<T>(*count);
    return true;
}

template <std::floating_point T>
bool read_value(const Node& node, T& out, Unit, Reading& reading) {
    if (node.kind == Node::Kind::Integer)
        out = static_cast<T>(node.integer);
    else if (node.kind == Node::Kind::Float)
        out = static_cast<T>(node.number);
    else
        return reading.wrong_kind(node, kind_of<T>(Unit::None)), false;
    if (std::isfinite(out)) return true;
    return reading.wrong_kind(node, kind_of<T>(Unit::None)), false;  // TOML has inf and nan; no range holds against nan
}

template <Duration T>
bool read_value(const Node& node, T& out, Unit, Reading& reading) {
    const auto duration = node.kind == Node::Kind::String ? parse_duration(node.text) : std::nullopt;
    if (!duration) return reading.wrong_kind(node, kind_of<T>(Unit::None)), false;
    out = std::chrono::duration_cast<T>(*duration);
    if (out == *duration) return true;
    reading.complain(node.where, shown(node) + " is finer than this setting can hold", "whole seconds are allowed");
    return false;
}

template <Textual T>
bool read_value(const Node& node, T& out, Unit, Reading& reading) {
    auto value = node.kind == Node::Kind::String ? Text<T>::parse(node.text) : std::nullopt;
    if constexpr (requires { Text<T>::takes_integers; })
        if (node.kind == Node::Kind::Integer) value = Text<T>::parse(fmt::to_string(node.integer));
    if (!value) return reading.wrong_kind(node, Text<T>::kind), false;
    out = *value;
    return true;
}

template <Chosen T>
bool read_value(const Node& node, T& out, Unit, Reading& reading) {
    for (const auto& choice : choices(T{})) {
        if (node.kind != Node::Kind::String || node.text != choice.name) continue;
        out = choice.value;
        return true;
    }
    return reading.wrong_kind(node, kind_of<T>(Unit::None)), false;
}

template <typename T>
bool read_value(const Node& node, std::optional<T>& out, Unit unit, Reading& reading) {
    return read(node, out.emplace(), unit, reading);
}

template <typename T>
bool read_value(const Node& node, std::vector<T>& out, Unit unit, Reading& reading) {
    if (node.kind != Node::Kind::Array)
        return reading.wrong_kind(node,
                                  Structure<T> ? "tables: [[" + reading.key() + "]]" : kind_of<std::vector<T>>(unit)),
               false;
    out.clear();
    bool is_good = true;
    for (const Node& item : node.items) {
        T value{};
        is_good = read(item, value, unit, reading) && is_good;
        out.push_back(std::move(value));
    }
    return is_good;
}

template <typename T>
bool read_value(const Node& node, std::map<std::string, T>& out, Unit unit, Reading& reading) {
    if (node.kind != Node::Kind::Table) return reading.wrong_kind(node, "a table"), false;
    const std::string above = reading.key();
    bool is_good = true;
    for (const Member& member : node.members) {
        reading.set_key(above + "." + key_text(member.key));
        is_good = read(member.value, out[member.key], unit, reading) && is_good;
    }
    reading.set_key(above);
    return is_good;
}

template <Structure T>
bool read_value(const Node& node, T& out, Unit, Reading& reading) {
    if (node.kind != Node::Kind::Table) return reading.wrong_kind(node, "a table"), false;
    read_structure(node, out, reading);
    return true;
}

template <typename T>
bool read(const Node& node, T& out, Unit unit, Reading& reading) {
    return read_value(node, out, unit, reading);
}

// ---- a whole struct

/// "1 to 100"; empty: whatever the type holds.
template <typename Owner, typename T>
std::string allowed_text(const Setting<Owner, T>& described) {
    if constexpr (Ordered<T>)
        if (described.allowed)
            return toml_of(described.allowed->least, described.unit) + " to " +
                   toml_of(described.allowed->most, described.unit);
    return {};
}

template <typename Owner, typename T>
void check_allowed(const Setting<Owner, T>& described, const Node& node, const T& value, Reading& reading) {
    if constexpr (Ordered<T>) {
        const auto& allowed = described.allowed;
        if (allowed && (value < allowed->least || value > allowed->most)) {
            reading.complain(node.where, shown(node) + (value < allowed->least ? " is too small" : " is too large"),
                             reading.allowed() + " is allowed");
            return;
        }
    }
    if (!described.flaw) return;
    std::string flaw = described.flaw(value);
    if (flaw.empty()) return;
    if (node.kind == Node::Kind::Table || node.kind == Node::Kind::Array)
        reading.complain(node.where, std::move(flaw));
    else
        reading.complain(node.where, shown(node) + " is not usable", std::move(flaw));
}

template <typename Owner, typename T>
void read_setting(const Setting<Owner, T>& described, const Node& table, std::type_identity_t<Owner>& out,
                  Reading& reading) {
    const std::string above = reading.key();
    reading.set_key(above.empty() ? std::string(described.name) : above + "." + std::string(described.name));
    if (const Node* node = table.find(described.name)) {
        reading.set_allowed(allowed_text(described));
        if (read(*node, out.*(described.member), described.unit, reading))
            check_allowed(described, *node, out.*(described.member), reading);
    } else if (described.presence == Presence::Required) {
        reading.complain(table.where, "is missing", "it has no default: set it to " + kind_of<T>(described.unit));
    }
    reading.set_key(above);
}

/// What is wrong with a table although each of its keys is right alone: define `std::string flaw(const C&)` beside C.
template <typename C>
concept SelfCritical = requires(const C& value) {
    { flaw(value) } -> std::convertible_to<std::string>;
};

template <Structure C>
void read_structure(const Node& table, C& out, Reading& reading) {
    std::apply([&](const auto&... described) { (read_setting(described, table, out, reading), ...); },
               settings(static_cast<const C*>(nullptr)));
    if constexpr (SelfCritical<C>)
        if (std::string problem = flaw(out); !problem.empty()) reading.complain(table.where, std::move(problem));
}

}  // namespace config
