#include "check/rounds.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "accounts/book.h"
#include "addressbook/configured_book.h"
#include "config/load.h"
#include "directory/config.h"
#include "qmgr/config.h"
#include "text/idna.h"

namespace check {
namespace {

using config::Problem;

Problem problem_at(const addressing::Place& place, std::string problem) {
    return {.file = place.file,
            .line = place.line,
            .column = place.line > 0 ? 1U : 0U,
            .key = {},
            .problem = std::move(problem),
            .remedy = {}};
}

Problem problem_of(const addressing::Round& round) {
    return problem_at(round.front().place, "mail goes round: " + to_text(round));
}

/// Where mail could enter a round: every alias, and anybody at every domain.
std::vector<std::string> entrances(const addressbook::ConfiguredBook& book, DirectoryRecords& records) {
    std::vector<std::string> found;
    for (const auto& [name, alias] : book.aliases())
        found.push_back(name.contains('@') ? name : name + "@" + book.rules().hostname);
    for (const auto& [name, domain] : book.domains())
        if (!name.starts_with('.') && !(domain.same_as.empty() && domain.owner.empty() && domain.catch_all.empty()))
            found.push_back("anybody@" + name);
    const auto read = records.for_each_entrance([&](std::string name) {
        found.push_back(name.contains('@') ? std::move(name) : name + "@" + book.rules().hostname);
    });
    static_cast<void>(read);  // an error then is one of every look-up that follows
    std::ranges::sort(found);
    return found;
}

config::Problems rounds_of_addresses(directory::Config settings_read, DirectoryRecords& records) {
    const addressbook::ConfiguredBook configured(
        {.hostname = settings_read.hostname,
         .postmaster = settings_read.postmaster,
         .domains = std::move(settings_read.domains),
         .addressing = std::move(static_cast<site::Addressing&>(settings_read)),
         .own_addresses = {}},
        [](std::string_view) { return addressing::Existence::Yes; });
    const accounts::Book book(configured, records);
    config::Problems problems;
    std::set<std::set<std::string>> known;
    for (const auto& entrance : entrances(configured, records)) {
        const auto address = smtp::parse_mailbox(entrance, smtp::Utf8::Allowed);
        if (!address) continue;
        for (const auto& round : addressing::resolve(book, book.rules(), *address).rounds) {
            std::set<std::string> addresses;
            for (const auto& step : round) addresses.insert(step.address);
            if (known.insert(addresses).second) problems.push_back(problem_of(round));
        }
    }
    return problems;
}

bool leads_here(const std::string& next_hop, const directory::Config& config) {
    const auto endpoint = ip::parse_endpoint(next_hop.contains(':') ? next_hop : next_hop + ":25");
    if (!endpoint) return false;
    return std::ranges::any_of(config.listen, [&](const site::Listen& listen) {
        const bool is_here = listen.address.address == endpoint->address ||
                             (listen.address.address.is_unspecified() && endpoint->address.is_loopback());
        return is_here && listen.address.port == endpoint->port && listen.protocol == site::ListenProtocol::Smtp;
    });
}

/// What comes here and is not for here goes by the same route again.
config::Problems rounds_of_routes(const directory::Config& config, const std::vector<qmgr::Route>& routes) {
    config::Problems problems;
    for (std::size_t i = 0; i < routes.size(); ++i) {
        const auto& [domain, next_hop] = routes[i];
        const auto known = config.domains.find(domain);
        const bool is_ours = domain == config.hostname || (known != config.domains.end() && !known->second.relayed);
        if (is_ours || !leads_here(next_hop, config)) continue;
        const auto place = config.places.find(fmt::format("route.{}", i));
        problems.push_back(problem_at(
            place == config.places.end() ? addressing::Place() : addressing::parse_place(place->second),
            fmt::format("mail for {} goes round: its route leads to {}, where this server listens", domain, next_hop)));
    }
    return problems;
}

}  // namespace

config::Problems find_rounds(const std::string& text, DirectoryRecords& records) {
    auto config = config::load<directory::Config>(text);
    auto problems = rounds_of_routes(config, config::load<qmgr::Config>(text).route);
    std::ranges::move(rounds_of_addresses(std::move(config), records), std::back_inserter(problems));
    return problems;
}

}  // namespace check
