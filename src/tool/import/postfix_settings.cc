#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "import/networks.h"
#include "import/numbers.h"
#include "import/postfix_parts.h"
#include "import/postfix_table.h"
#include "site/checks.h"
#include "text/ascii.h"

namespace import {
namespace {

constexpr std::uint64_t year = 365 * 86'400;

struct Rule {
    NumberRule number;
    char unit = '\0';  // of a time without one
};

// The bounds are those of hermod.toml(5).
const Rule rules[] = {
    {{"message_size_limit", "limits", {"message_size"}, Unit::Octets, 64 * 1024, std::uint64_t{1} << 40}},
    {{"smtpd_recipient_limit", "limits", {"recipients"}, Unit::Count, 100, 10'000}},
    {{"smtpd_client_connection_count_limit", "limits", {"connections_per_client"}, Unit::Count, 1, 1'000'000}},
    {{"default_destination_concurrency_limit", "relay", {"connections_per_destination"}, Unit::Count, 1, 10'000}},
    {{"hopcount_limit", "loops", {"max_hops"}, Unit::Count, 10, 10'000}},
    {{"maximal_queue_lifetime", "queue", {"lifetime"}, Unit::Seconds, 0, year}, 'd'},
    {{"bounce_queue_lifetime", "queue", {"bounce_lifetime"}, Unit::Seconds, 0, year}, 'd'},
    {{"minimal_backoff_time", "queue", {"first_retry"}, Unit::Seconds, 1, year}, 's'},
    {{"maximal_backoff_time", "queue", {"longest_retry"}, Unit::Seconds, 1, year}, 's'},
    {{"delay_warning_time", "queue", {"delay_notice"}, Unit::Seconds, 0, year}, 'h'},
    {{"smtp_connect_timeout", "relay", {"connect_timeout"}, Unit::Seconds, 1, 600}, 's'},
    {{"smtp_helo_timeout", "relay", {"greeting_timeout"}, Unit::Seconds, 1, 3600}, 's'},
    {{"smtp_rcpt_timeout", "relay", {"command_timeout"}, Unit::Seconds, 1, 3600}, 's'},
    {{"smtp_data_done_timeout", "relay", {"data_end_timeout"}, Unit::Seconds, 1, 7200}, 's'},
    {{"smtpd_timeout", "smtp", {"command_timeout"}, Unit::Seconds, 1, 3600}, 's'},
};

/// "5d", "300": seconds.
std::optional<std::uint64_t> parse_time(std::string_view text, char unit) {
    if (!text.empty() && text::is_letter(text.back())) {
        unit = text.back();
        text.remove_suffix(1);
    }
    const auto number = parse_number(text);
    if (!number || *number > 1'000'000'000) return std::nullopt;
    switch (unit) {
        case 's': return *number;
        case 'm': return *number * 60;
        case 'h': return *number * 3600;
        case 'd': return *number * 86'400;
        case 'w': return *number * 7 * 86'400;
        default: return std::nullopt;
    }
}

/// Ours has first_retry no longer than longest_retry.
bool has_sound_waits(const PostfixSite& site) {
    const auto seconds = [&](std::string_view name, std::uint64_t standard) {
        return site.main.is_set(name) ? parse_time(site.value(name), 's').value_or(standard) : standard;
    };
    if (seconds("minimal_backoff_time", 60) <= seconds("maximal_backoff_time", 3600)) return true;
    site.out.report.add(site.main.origin("minimal_backoff_time"), "the first wait is longer than the longest",
                        "set queue.first_retry and queue.longest_retry");
    return false;
}

void set_numbers(const PostfixSite& site) {
    const bool takes_waits = has_sound_waits(site);
    for (const auto& [number, unit] : rules) {
        const bool is_wait = number.name.ends_with("_backoff_time");
        if (!site.main.is_set(number.name) || (is_wait && !takes_waits)) continue;
        const auto text = site.value(number.name);
        const auto origin = site.main.origin(number.name);
        const auto value = unit ? parse_time(text, unit) : parse_number(text);
        if (!value)
            site.out.report.add(origin, fmt::format("{} = {} is not understood", number.name, text.substr(0, 200)));
        else if (*value == 0 && number.unit != Unit::Seconds)
            site.out.report.add(origin, fmt::format("{} = 0 was no limit; our default counts", number.name),
                                fmt::format("set {}.{}", number.table, number.keys.front()));
        else
            set_number(number, *value, origin, site.out);
    }
}

void set_host_name(const PostfixSite& site) {
    const auto host = text::lower(site.value("myhostname"));
    const auto origin = site.main.origin("myhostname");
    if (!host.empty() && site::host_name_flaw(host).empty())
        return site.out.draft.set("", "hostname", quoted(host), origin);
    site.out.report.add(origin,
                        host.empty() ? "myhostname is not set: the host's name is that of the machine"
                                     : fmt::format("myhostname = {} is no host name", host),
                        "set hostname = \"mail.example.org\"");
}

void set_listeners(const PostfixSite& site) {
    const auto origin = site.main.origin("inet_interfaces");
    const auto protocols = site.list("inet_protocols");
    const auto has = [&](std::string_view wanted) {
        return std::ranges::any_of(protocols, [&](const auto& one) { return one == "all" || one == wanted; });
    };
    const auto listen = [&](const std::string& address) {
        site.out.draft.listeners.push_back({.key = "address", .value = quoted(address), .origin = origin});
    };
    for (const auto& interface : site.list("inet_interfaces")) {
        const bool is_loopback = interface == "loopback-only" || interface == "localhost";
        const auto address = ip::parse_address(interface);
        if (interface == "all" || is_loopback) {
            if (has("ipv4")) listen(is_loopback ? "127.0.0.1:25" : "0.0.0.0:25");
            if (has("ipv6")) listen(is_loopback ? "[::1]:25" : "[::]:25");
        } else if (address) {
            listen(ip::to_text(ip::Endpoint{.address = *address, .port = 25}));
        } else {
            site.out.report.add(origin, fmt::format("\"{}\" is no address that we can listen on", interface),
                                "add a [[listen]] table with its address");
        }
    }
}

std::optional<ip::Network> network_of(std::string_view text) {
    std::string plain(text);
    std::erase_if(plain, [](char c) { return c == '[' || c == ']'; });
    return ip::parse_network(plain);
}

/// The first element that matches counts; "!" makes an exception.
void set_networks(const PostfixSite& site) {
    const auto origin = site.main.origin("mynetworks");
    if (!site.main.is_set("mynetworks"))
        return site.out.report.add(origin, "mynetworks is not set: only this machine may relay",
                                   "set relay.networks to those who may");
    auto elements = expand_list(site.list("mynetworks"), origin, site.named, site.out.report);
    std::ranges::reverse(elements);
    Networks networks;
    for (const auto& [text, unused, from] : elements) {
        const bool is_exception = text.starts_with('!');
        const auto network = network_of(is_exception ? std::string_view(text).substr(1) : text);
        if (!network)
            site.out.report.add(from, fmt::format("\"{}\" is no network", text.substr(0, 200)), "it may not relay");
        else if (is_exception)
            networks.take_out(*network);
        else if (network->prefix_length == 0)
            site.out.report.add(from, "everybody may relay, which is an open relay and not taken over");
        else
            networks.add(*network);
    }
    if (networks.is_incomplete())
        site.out.report.add(origin, "mynetworks are too many networks", "complete relay.networks by hand");
    site.out.draft.set("relay", "networks", quoted(to_texts(networks)), origin);
}

void set_mailbox(const PostfixSite& site) {
    const auto origin = site.main.origin("home_mailbox");
    auto path = site.value("home_mailbox");
    if (path.empty())
        return site.out.report.add(origin, "users kept their mail in /var/mail, and have it in ~/Maildir now",
                                   "set local.mailbox, and move what is there");
    const bool is_maildir = path.ends_with('/');
    while (path.ends_with('/')) path.pop_back();
    if (const auto flaw = site::relative_path_flaw(path); !flaw.empty())
        return site.out.report.add(origin, fmt::format("home_mailbox is not taken over: {}", flaw));
    site.out.draft.set("local", "mailbox", is_maildir ? "\"maildir\"" : "\"mbox\"", origin);
    site.out.draft.set("local", is_maildir ? "maildir" : "mbox", quoted(path), origin);
}

void set_addresses(const PostfixSite& site) {
    std::vector<std::string> own;
    for (const auto& text : site.list("proxy_interfaces"))
        if (const auto address = ip::parse_address(text)) own.push_back(ip::to_text(*address));
    if (!own.empty()) site.out.draft.set("relay", "own_addresses", quoted(own), site.main.origin("proxy_interfaces"));
    for (const auto& [theirs, ours] :
         {std::pair("smtp_bind_address", "bind_ipv4"), std::pair("smtp_bind_address6", "bind_ipv6")})
        if (const auto address = ip::parse_address(site.value(theirs)))
            site.out.draft.set("relay", ours, quoted(ip::to_text(*address)), site.main.origin(theirs));
}

}  // namespace

void translate_settings(const PostfixSite& site) {
    set_host_name(site);
    set_listeners(site);
    set_networks(site);
    set_mailbox(site);
    set_addresses(site);
    set_numbers(site);
}

}  // namespace import
