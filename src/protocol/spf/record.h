#pragma once
// An SPF record as values: what a domain says about who may send in its name. RFC 7208 §4.5, §4.6.1, §5, §6.
//
// Pure, and nothing is looked up here: spf/check.h gives a record its meaning for one message. Directives keep their
// order, because the first that matches decides (§4.6.2).

#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "ip/address.h"
#include "spf/error.h"
#include "spf/macro.h"
#include "spf/result.h"

namespace spf {

enum class Qualifier : char { Pass = '+', Fail = '-', SoftFail = '~', Neutral = '?' };
Result result_of(Qualifier qualifier);

/// How many leading bits must agree, for a client of either family (§5.3 dual-cidr-length).
struct PrefixLengths {
    int v4 = 32;
    int v6 = 128;
    bool operator==(const PrefixLengths&) const = default;
};

struct All {
    bool operator==(const All&) const = default;
};
struct Include {
    MacroString domain{};
    bool operator==(const Include&) const = default;
};
struct A {
    std::optional<MacroString> domain{};  // none: the domain whose record it is; so below
    PrefixLengths lengths{};
    bool operator==(const A&) const = default;
};
struct Mx {
    std::optional<MacroString> domain{};
    PrefixLengths lengths{};
    bool operator==(const Mx&) const = default;
};
struct Ptr {
    std::optional<MacroString> domain{};
    bool operator==(const Ptr&) const = default;
};
struct Ip {  // ip4 or ip6, by the family of the network
    ip::Network network{};
    bool operator==(const Ip&) const = default;
};
struct Exists {
    MacroString domain{};
    bool operator==(const Exists&) const = default;
};
using Mechanism = std::variant<All, Include, A, Mx, Ptr, Ip, Exists>;
std::string to_text(const Mechanism& mechanism);  // "a:mx.example.org/24//64", without its qualifier

struct Directive {
    Qualifier qualifier = Qualifier::Pass;
    Mechanism mechanism{};
    bool operator==(const Directive&) const = default;
};
std::string to_text(const Directive& directive);  // "-all"; no "+"

struct Modifier {  // of a name that we do not know: it is to be ignored (§6)
    std::string name{};
    MacroString value{};
    bool operator==(const Modifier&) const = default;
};

struct Record {
    std::vector<Directive> directives{};
    std::optional<MacroString> redirect{};
    std::optional<MacroString> explanation{};  // exp=
    std::vector<Modifier> unknown{};
    bool operator==(const Record&) const = default;
};

/// Whether a TXT record is meant as one: "v=spf1", and then a blank or the end (§4.5).
bool is_record(std::string_view text);
std::expected<Record, Error> parse_record(std::string_view text);
std::string to_text(const Record& record);

/// Terms of the administrator's own, with or without "v=spf1": mechanisms only, no modifiers.
std::expected<std::vector<Directive>, Error> parse_rules(std::string_view text);

}  // namespace spf
