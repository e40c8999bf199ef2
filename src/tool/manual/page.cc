#include "manual/page.h"

#include <fmt/format.h>

#include "config/node.h"

namespace manual {
namespace {

using Shape = config::Known::Shape;

constexpr std::string_view introduction = R"(# hermod.toml(5)

<!-- Made by `hermod settings --man` from the descriptions in the code. Do not edit. -->

The configuration of Hermod: one TOML file, by default `/etc/hermod/hermod.toml`. `hermod check` validates it, `hermod
reload` (or SIGHUP) puts a changed one in force without dropping a session.

    hostname = "mail.example.org"

    [[listen]]
    protocol = "smtp"
    address = "0.0.0.0:25"

    [domains."example.org"]

    [domains."virtual.example.org"]
    mailboxes = "/etc/hermod/mailboxes"

    [limits]
    message_size = "50MB"

A key that is not listed here is an error. Durations are written with units, the larger first: `"5d"`, `"1h30m"`,
`"90s"`, `"250ms"`. Sizes are octets, or text with a unit that is a power of 1024: `"64KB"`, `"50MB"`, `"1GB"`.

`include = ["conf.d/*.toml"]` at the top of a file takes in others, in sorted order, relative to that file. Their tables
are merged and their `[[…]]` tables appended; a key that two files set is an error.
)";

std::string heading(const config::Known& table, const std::string& path) {
    if (table.shape == Shape::Tables) return "[[" + path + "]]";
    if (table.shape == Shape::TablesByName) return "[" + path + ".\"…\"]";
    return "[" + path + "]";
}

std::string entry(const config::Known& value) {
    std::string out = fmt::format("**{}** = {}", value.name, value.kind);
    if (!value.allowed.empty()) out += ", " + value.allowed;
    out += value.is_required        ? "; required"
           : value.standard.empty() ? "; not set by default"
                                    : fmt::format("; default `{}`", value.standard);
    out += "\n: " + value.meaning;
    if (value.is_for_start) out += " A change takes effect at the next start.";
    return out + "\n";
}

void append_table(std::string& out, const config::Known& table, const std::string& path) {
    if (!path.empty()) out += fmt::format("\n## {}\n\n{}\n", heading(table, path), table.meaning);
    for (const auto& member : table.members)
        if (member.shape == Shape::Value) out += "\n" + entry(member);
    for (const auto& member : table.members)
        if (member.shape != Shape::Value)
            append_table(out, member, path.empty() ? member.name : path + "." + member.name);
}

std::string json_text(std::string_view text) { return config::toml_string(text); }  // the same escapes

void append_json(std::string& out, const config::Known& table, const std::string& path) {
    for (const auto& member : table.members) {
        std::string name = path + member.name;
        if (member.shape == Shape::Value)
            out += fmt::format(
                "{}\n  {{\"name\": {}, \"type\": {}, \"default\": {}, \"range\": {}, \"required\": {}, \"meaning\": "
                "{}}}",
                out.empty() ? "" : ",", json_text(name), json_text(member.kind), json_text(member.standard),
                json_text(member.allowed), member.is_required, json_text(member.meaning));
        if (member.shape == Shape::Tables) name += "[]";
        if (member.shape == Shape::TablesByName) name += ".*";
        append_json(out, member, name + ".");
    }
}

}  // namespace

std::string page(const config::Known& all) {
    std::string out(introduction);
    out += "\n## At the top\n";
    append_table(out, all, "");
    return out;
}

std::string json(const config::Known& all) {
    std::string out;
    append_json(out, all, "");
    return "[" + out + "\n]\n";
}

}  // namespace manual
