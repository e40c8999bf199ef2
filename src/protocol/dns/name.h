#pragma once
// A domain name as the DNS has it: labels of octets. RFC 1035 §2.3, §3.1; RFC 4343 (case does not count).
//
// Kept in wire form and lower case, so names compare with == and order as map keys. Always within the limits: labels of
// 1 to 63 octets, 255 octets in all.
// Hostile: a label may contain any octet, '.' and NUL too; text shows those escaped, and is_host_name() is false.

#include <compare>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dns {

constexpr std::size_t longest_label = 63;
constexpr std::size_t longest_name = 255;  // in wire form, the root's zero octet included

class Name {
public:
    Name() : wire_(1, '\0') {}  // the root

    bool is_root() const { return wire_.size() == 1; }
    std::size_t label_count() const;
    std::string_view first_label() const;       // empty for the root
    Name parent() const;                        // of the root: the root
    bool is_below(const Name& ancestor) const;  // or equal to it
    /// Letters, digits, hyphens (not at the ends) and underscores only, at least one label: what may be an MX host.
    bool is_host_name() const;

    const std::string& wire() const { return wire_; }
    /// With one more label in front; nothing where that breaks a limit.
    std::optional<Name> child(std::string_view label) const;

    auto operator<=>(const Name&) const = default;

private:
    friend std::optional<Name> name_of(const std::vector<std::string_view>& labels);

    std::string wire_;  // length octet, label, …, 0
};

/// "mx.example.org", with or without the final dot; "." is the root. "\." and "\DDD" as in zone files (§5.1).
std::optional<Name> parse_name(std::string_view text);
std::string to_text(const Name& name);  // without the final dot; the root is "."

/// From labels first to last, lower-cased.
std::optional<Name> name_of(const std::vector<std::string_view>& labels);

}  // namespace dns
