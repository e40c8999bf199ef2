#include "directory/external.h"

#include <fmt/format.h>

#include <utility>

#include "directory/account_credentials.h"
#include "directory/credentials_in_order.h"
#include "text/idna.h"

namespace directory {
namespace {

std::vector<std::string> domains_of(const site::AccountSource& source) {
    std::vector<std::string> domains;
    for (const auto& domain : source.domains) domains.push_back(text::to_a_labels(domain).value_or(domain));
    return domains;
}

KeptAccounts::Terms terms_of(const site::AccountSource& source) {
    const auto domains = domains_of(source);
    return {.domains = {domains.begin(), domains.end()},
            .has_aliases = !source.alias_query.empty(),
            .keep = source.keep,
            .keep_absent = source.keep_absent,
            .most = source.keep_entries};
}

std::optional<Known> look(sources::Source& source, const Question& question) {
    if (question.kind == Question::Kind::Account) {
        auto found = source.account(question.name);
        return found ? std::optional<Known>(*std::move(found)) : std::nullopt;
    }
    auto found = source.alias(question.name);
    return found ? std::optional<Known>(*std::move(found)) : std::nullopt;
}

}  // namespace

Gathered gather_sources(const Config& config) {
    Gathered gathered;
    if (!config.accounts.empty()) sources::prepare_libraries();
    for (const auto& source : config.accounts) {
        auto endpoints = sources::find_endpoints(source);
        for (const auto& name : endpoints.unknown)
            gathered.troubles.push_back(
                fmt::format("accounts of {}: {} is not known now, and not looked up again before the next start",
                            source.name, name));
        auto password = sources::read_password(source);
        if (!password) {
            gathered.troubles.push_back(fmt::format("accounts of {}: {}", source.name, password.error()));
            endpoints.found.clear();  // rather than as somebody else
        }
        gathered.terms.push_back({.settings = source,
                                  .endpoints = std::move(endpoints.found),
                                  .password = std::move(password).value_or("")});
    }
    return gathered;
}

External::External(Surroundings around, const Config& config, std::vector<sources::Terms> terms)
    : around_(std::move(around)),
      places_(places_of(std::move(terms), around_.clock)),
      records_(all_records(around_.own, places_)) {
    for (auto& place : places_) start(*place, config);
}

std::vector<std::unique_ptr<External::Place>> External::places_of(std::vector<sources::Terms> terms,
                                                                  const clocks::Clock& clock) {
    std::vector<std::unique_ptr<Place>> places;
    for (auto& one : terms) {
        auto domains = domains_of(one.settings);
        auto kept = terms_of(one.settings);
        places.push_back(std::make_unique<Place>(
            Place{std::move(one), std::move(domains), KeptAccounts(std::move(kept), clock), nullptr, nullptr}));
    }
    return places;
}

std::vector<accounts::Records*> External::all_records(accounts::Records& own,
                                                      const std::vector<std::unique_ptr<Place>>& places) {
    std::vector<accounts::Records*> all{&own};
    for (const auto& place : places) all.push_back(&place->kept);
    return all;
}

void External::start(Place& place, const Config& config) {
    const auto& settings = place.terms.settings;
    // Told by threads.
    place.terms.on_change = [this, name = settings.name](const std::string& why) {
        around_.post([this, name, why] { note(name, why); });
    };
    place.terms.on_mistake = [this, name = settings.name](const std::string& what) {
        around_.post([this, name, what] {
            around_.log.event(logs::Event::Warning, {{"reason", fmt::format("accounts of {}: {}", name, what)}});
        });
    };
    place.finders = std::make_unique<Pool<sources::Source>>(around_.post, settings.connections, settings.waiting,
                                                            [&] { return sources::open(place.terms, around_.clock); });
    place.checkers = std::make_unique<CheckerThreads>(around_.post, settings.connections, config.login.waiting,
                                                      [&] { return make_credentials(config.hostname); });
    inquiries_.add(place.kept, ask_by(place));
}

/// For one thread: connections of its own to all of them, which are not made before they are needed.
std::unique_ptr<Credentials> External::make_credentials(const std::string& hostname) const {
    std::vector<CredentialsInOrder::Source> in_order;
    const auto add = [&](std::vector<std::string> domains, std::unique_ptr<accounts::Keeper> keeper) {
        in_order.push_back({std::move(domains), std::make_unique<AccountCredentials>(
                                                    std::move(keeper), hostname, around_.nobodys_hash, around_.clock)});
    };
    add({}, around_.own_keeper());
    for (const auto& place : places_) add(place->domains, sources::open(place->terms, around_.clock));
    return std::make_unique<CredentialsInOrder>(hostname, std::move(in_order));
}

/// What has waited for longer than an answer may take is not asked any more: nobody would hear it.
Inquiries::Ask External::ask_by(Place& place) const {
    return [&clock = around_.clock, &place](const Question& question, const Inquiries::Tell& tell) {
        const auto answer = std::make_shared<std::optional<Known>>();  // of the job, then of what is done after it
        const auto until = clock.steady() + std::chrono::milliseconds(place.terms.settings.timeout);
        return place.finders->run(
            [&clock, answer, question, until](sources::Source& source) {
                if (clock.steady() < until) *answer = look(source, question);
            },
            [answer, tell] { tell(std::move(*answer)); });
    };
}

void External::add_to(CheckersByDomain& checkers) {
    for (auto& place : places_) checkers.add(place->domains, *place->checkers);
}

/// Each connection finds out by itself; it is written down once.
void External::note(const std::string& name, const std::string& why) {
    if (std::exchange(is_down_[name], !why.empty()) == !why.empty()) return;
    around_.log.event(logs::Event::Warning,
                      {{"reason", why.empty() ? fmt::format("accounts of {} can be looked up again", name)
                                              : fmt::format("accounts of {} cannot be looked up: {}", name, why)}});
}

}  // namespace directory
