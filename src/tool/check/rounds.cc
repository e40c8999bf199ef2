#include "check/rounds.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "accounts/book.h"
#include "addressbook/configured_book.h"
#include "addressing/rounds.h"
#include "check/homes.h"
#include "config/load.h"
#include "directory/config.h"
#include "qmgr/config.h"
#include "text/ascii.h"

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
    const auto written = std::ranges::find_if(round, [](const auto& step) { return !step.place.file.empty(); });
    return problem_at(written == round.end() ? addressing::Place() : written->place,
                      "mail goes round: " + to_text(round));
}

std::vector<std::string> with_domains(std::vector<std::string> names, const addressbook::ConfiguredBook& book) {
    for (auto& name : names)
        if (!name.contains('@')) name += "@" + book.rules().hostname;
    return names;
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

/// Back to a listener of this server, as far as an address, or our own name, tells.
bool leads_here(std::string next_hop, const directory::Config& config) {
    if (!next_hop.contains(':')) next_hop += ":25";
    const auto colon = next_hop.rfind(':');
    const bool is_by_name = text::equal_ignoring_case(next_hop.substr(0, colon), config.hostname);
    const auto endpoint = ip::parse_endpoint(is_by_name ? "0.0.0.0" + next_hop.substr(colon) : next_hop);
    if (!endpoint) return false;
    return std::ranges::any_of(config.listen, [&](const site::Listen& listen) {
        const bool is_here = is_by_name || listen.address.address == endpoint->address ||
                             (listen.address.address.is_unspecified() && endpoint->address.is_loopback());
        return is_here && listen.address.port == endpoint->port && listen.protocol == site::ListenProtocol::Smtp;
    });
}

class Finding {
public:
    Finding(directory::Config config, std::vector<qmgr::Route> routes, DirectoryRecords& records)
        : config_(std::move(config)), routes_(std::move(routes)), records_(records), homes_(config_) {}

    /// Everything, or what mail for `only` these would enter.
    config::Problems run(const std::vector<std::string>* only) {
        auto copy = config_;
        const addressbook::ConfiguredBook configured({.hostname = copy.hostname,
                                                      .postmaster = copy.postmaster,
                                                      .domains = std::move(copy.domains),
                                                      .addressing = std::move(static_cast<site::Addressing&>(copy)),
                                                      .own_addresses = {}},
                                                     [this](std::string_view name) { return homes_.user(name); });
        const accounts::Book book(configured, records_);
        auto all = only ? with_domains(*only, configured) : entrances(configured, records_);
        if (!only) std::ranges::move(homes_.entrances(), std::back_inserter(all));
        config::Problems problems;
        for (const auto& round : addressing::find_rounds(book, book.rules(), all,
                                                         [this](const auto& delivery) { return onward(delivery); }))
            problems.push_back(problem_of(round));
        if (!only) add_routes(problems);
        return problems;
    }

private:
    std::vector<addressing::Onward> onward(const addressing::Delivery& delivery) const {
        if (delivery.kind != addressing::Delivery::Kind::Relay) return homes_.onward(delivery);
        const auto address = smtp::to_text(delivery.address);
        const auto route = std::ranges::find_if(
            routes_, [&](const qmgr::Route& r) { return qmgr::matches(r, qmgr::domain_of(address)); });
        if (route == routes_.end() || !leads_here(route->next_hop, config_)) return {};
        return {{address,
                 {address, "by its route to " + route->next_hop,
                  place_of(static_cast<std::size_t>(route - routes_.begin()))}}};
    }

    addressing::Place place_of(std::size_t route) const {
        const auto found = config_.places.find(fmt::format("route.{}", route));
        return found == config_.places.end() ? addressing::Place() : addressing::parse_place(found->second);
    }

    /// What comes here and is not for here goes by the same route again, whoever sends it.
    void add_routes(config::Problems& problems) const {
        for (std::size_t i = 0; i < routes_.size(); ++i) {
            const auto& domain = routes_[i].domain;
            const auto& next_hop = routes_[i].next_hop;
            const auto known = config_.domains.find(domain);
            const bool is_ours =
                domain == config_.hostname || (known != config_.domains.end() && !known->second.relayed);
            if (is_ours || !leads_here(next_hop, config_)) continue;
            const auto place = place_of(i);
            const bool is_told = std::ranges::any_of(
                problems, [&](const Problem& problem) { return problem.problem.contains("(" + to_text(place) + ")"); });
            if (is_told) continue;
            problems.push_back(problem_at(
                place, fmt::format("mail for {} goes round: its route leads to {}, where this server listens", domain,
                                   next_hop)));
        }
    }

    directory::Config config_;
    std::vector<qmgr::Route> routes_;
    DirectoryRecords& records_;
    Homes homes_;
};

}  // namespace

config::Problems find_rounds(const std::string& text, DirectoryRecords& records) {
    return Finding(config::load<directory::Config>(text), config::load<qmgr::Config>(text).route, records).run(nullptr);
}

config::Problems find_rounds(const std::string& text, DirectoryRecords& records,
                             const std::vector<std::string>& entrances) {
    return Finding(config::load<directory::Config>(text), config::load<qmgr::Config>(text).route, records)
        .run(&entrances);
}

}  // namespace check
