#include <fmt/format.h>

#include "import/numbers.h"
#include "import/qmail_parts.h"

namespace import {
namespace {

constexpr std::uint64_t terabyte = std::uint64_t{1} << 40;
constexpr std::uint64_t year = 365 * 86'400;

// The bounds are those of hermod.toml(5).
const NumberRule rules[] = {
    {"databytes", "limits", {"message_size"}, Unit::Octets, 64 * 1024, terabyte},
    {"queuelifetime", "queue", {"lifetime"}, Unit::Seconds, 0, year},
    {"concurrencylocal", "local", {"deliveries"}, Unit::Count, 1, 1000},
    {"concurrencyremote", "relay", {"connections"}, Unit::Count, 1, 100'000},
    {"concurrencyincoming", "limits", {"connections"}, Unit::Count, 1, 1'000'000},
    {"maxrcpt", "limits", {"recipients"}, Unit::Count, 100, 10'000},
    {"timeoutconnect", "relay", {"connect_timeout"}, Unit::Seconds, 1, 600},
    {"timeoutremote",
     "relay",
     {"greeting_timeout", "command_timeout", "data_start_timeout", "data_block_timeout"},
     Unit::Seconds,
     1,
     3600},
    {"timeoutsmtpd", "smtp", {"command_timeout", "data_timeout"}, Unit::Seconds, 1, 3600},
};

/// What 0 means there and not here; empty: nothing special.
std::string meaning_of_zero(std::string_view name) {
    if (name == "databytes") return "0 was no limit";
    if (name.starts_with("concurrency")) return "0 was no delivery at all";
    return {};
}

}  // namespace

void translate_numbers(const QmailSite& site, Translation& out) {
    for (const auto& rule : rules) {
        const File* file = site.find(std::string(rule.name));
        if (!file) continue;
        const Origin origin{file->path, 1};
        const auto number = parse_number(first_line(*file));
        const auto zero = meaning_of_zero(rule.name);
        if (!number)
            out.report.add(origin, fmt::format("\"{}\" is no number", first_line(*file).substr(0, 100)));
        else if (*number == 0 && !zero.empty())
            out.report.add(origin, fmt::format("{}; our default counts", zero),
                           fmt::format("set {}.{}", rule.table, rule.keys.front()));
        else
            set_number(rule, *number, origin, out);
    }
}

}  // namespace import
