#include "import/spamdyke.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "import/client_rules.h"
#include "import/numbers.h"
#include "import/spamdyke_filters.h"
#include "site/client_rules.h"
#include "text/ascii.h"

namespace import {
namespace {

struct Option {
    std::string_view name;
    std::string_view value;
    Origin origin;
};

/// Options by the front of their names, and what is to be said of them.
struct Kind {
    std::string_view prefix;
    bool is_foreseen;
    std::string_view what;
};

constexpr Kind kinds[] = {
    {"tls-", false, "is not taken over; set certificate and key in [tls], and tls in the [[listen]]"},
    {"smtp-auth-", false, "set [login], and protocol = \"submissions\" in a [[listen]]"},
    {"graylist-", true, "there is no greylisting yet"},
    {"rdns-relay-", false, "clients may relay by their address only, not by their name"},
    {"rdns-", true, "clients are not refused by one name or another yet, only by what kind of name they have"},
    {"sender-", true, "senders are not refused yet"},
    {"recipient-", true, "recipients are refused only where they do not exist"},
    {"header-blacklist-", true, "messages are not refused by their header yet"},
    {"reject-", true, "there is no such filter yet"},
    {"filter-level", true, "there are no filters yet"},
    {"policy-url", false, "replies have no address of a policy in them"},
    {"rejection-text-", false, "the texts of replies are ours"},
    {"config-", false, "other files and directories of options are not read"},
    {"qmail-", false, "the domains that we take mail for are those of [domains]"},
    {"hostname", false, "the host's name is that of control/me"},
    {"relay-level", false, "who may relay is said by relay.networks"},
    {"dns-", false, "the DNS is asked as [dns] says"},
    {"log-", false, "the log is as [log] says"},
    {"full-log-dir", false, "conversations are not kept; see hermod trace"},
    {"run-as-user", false, "each process has a user of its own"},
};

void report(const Option& option, Report& to) {
    const auto* kind =
        std::ranges::find_if(kinds, [&](const Kind& one) { return option.name.starts_with(one.prefix); });
    if (kind == std::end(kinds))
        to.add(option.origin, fmt::format("\"{}\" is no option that we know of spamdyke", option.name.substr(0, 200)));
    else if (kind->is_foreseen)
        to.add_foreseen(option.origin, fmt::format("{}: {}", option.name, kind->what));
    else
        to.add(option.origin, fmt::format("{}: {}", option.name, kind->what));
}

const NumberRule most_recipients{"max-recipients", "limits", {"recipients"}, Unit::Count, 100, 10'000};
const NumberRule idle{"idle-timeout-secs", "smtp", {"command_timeout", "data_timeout"}, Unit::Seconds, 1, 3600};

const NumberRule pause{"greeting-delay-secs", "smtp", {"greeting_pause"}, Unit::Seconds, 1, 30};
const NumberRule session{"connection-timeout-secs", "smtp", {"session_time"}, Unit::Seconds, 1, 86'400};

const NumberRule* limit_named(std::string_view name) {
    for (const auto* rule : {&most_recipients, &idle, &pause, &session})
        if (rule->name == name) return rule;
    return nullptr;
}

void set_limit(const NumberRule& rule, const Option& option, Translation& out) {
    const auto number = parse_number(option.value);
    if (!number) return out.report.add(option.origin, fmt::format("{} is no number", option.name));
    if (*number > 0) set_number(rule, *number, option.origin, out);  // 0: no limit of spamdyke's own
}

/// "ip-relay-entry" and "ip-relay-file", and others of that form: networks, each named or in a file.
class Entries {
public:
    Entries(std::string prefix, const Reader& named, Report& report)
        : prefix_(std::move(prefix)), named_(named), report_(report) {}

    /// False: the option is another's.
    bool take(const Option& option) {
        if (option.name == prefix_ + "-entry")
            take_entry(option.value, option.origin);
        else if (option.name == prefix_ + "-file")
            take_file(option);
        else
            return false;
        origin_ = option.origin;
        return true;
    }
    const Networks& list() const { return list_; }
    Networks& list() { return list_; }
    const Origin& origin() const { return origin_; }

private:
    void take_entry(std::string_view value, const Origin& origin) {
        if (value == "!!!") {
            list_ = {};
            return;
        }
        const bool is_removal = value.starts_with('!');
        const auto networks = parse_pattern(is_removal ? value.substr(1) : value, /*dot_is_optional=*/true);
        if (!networks)
            return report_.add(origin, fmt::format("\"{}\" is no network", value.substr(0, 200)), "it is left out");
        for (const auto& network : *networks) {
            if (is_removal)
                list_.take_out(network);
            else if (network.prefix_length == 0)
                report_.add(origin, fmt::format("{} for everybody is not taken over", prefix_));
            else
                list_.add(network);
        }
    }
    void take_file(const Option& option) {
        if (option.value.starts_with('!')) return report_.add(option.origin, "files taken out again are not followed");
        const auto file = named_(std::string(option.value));
        if (!file)
            return report_.add(option.origin, fmt::format("{} cannot be read: {}", option.value, file.error()),
                               "write the networks in it into the configuration");
        for (const auto& line : lines_of(*file, report_)) take_entry(text::trim(line.text), line.origin);
    }

    std::string prefix_;
    const Reader& named_;
    Report& report_;
    Networks list_;
    Origin origin_;  // the last of them
};

constexpr std::string_view refusal_option = "rejection-text-ip-blacklist";

}  // namespace

void translate_spamdyke(const File& file, const Reader& named, Networks& clients, Translation& out) {
    Entries relaying("ip-relay", named, out.report), refused("ip-blacklist", named, out.report),
        exempt("ip-whitelist", named, out.report);
    SpamdykeFilters filters(named, out.report);
    std::string text = "Refused. Your IP address is blacklisted.";
    for (const auto& line : lines_of(file, out.report)) {
        const auto equals = std::min(line.text.find('='), line.text.size());
        const Option option{.name = text::trim(line.text.substr(0, equals)),
                            .value = text::trim(line.text.substr(std::min(equals + 1, line.text.size()))),
                            .origin = line.origin};
        if (relaying.take(option) || refused.take(option) || exempt.take(option)) continue;
        if (filters.take(option.name, option.value, option.origin)) continue;
        if (const auto* rule = limit_named(option.name))
            set_limit(*rule, option, out);
        else if (option.name == refusal_option && site::refusal_text_flaw(std::string(option.value)).empty())
            text = option.value;
        else
            report(option, out.report);
    }
    for (const auto& network : exempt.list().list()) refused.list().take_out(network);
    if (relaying.list().is_incomplete()) out.report.add({file.path}, "there are too many networks that may relay");
    if (refused.list().is_incomplete() || exempt.list().is_incomplete())
        out.report.add({file.path}, "there are too many networks that are refused");
    for (const auto& network : relaying.list().list()) clients.add(network);
    filters.write(out.draft);
    add_refused(refused.list(), text, refused.origin(), out.draft);
}

}  // namespace import
