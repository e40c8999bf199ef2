#include "directory/external.h"

#include <fmt/format.h>

#include <algorithm>
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
    // In this order: libldap looks up a name of its own, and what the resolver has read then stays.
    if (std::ranges::any_of(config.accounts, sources::has_names)) sources::prepare_names();
    if (!config.accounts.empty()) sources::prepare_libraries();
    for (auto source : config.accounts) {
        auto password = sources::read_password(source);
        if (!password) {
            gathered.troubles.push_back(fmt::format("accounts of {}: {}", source.name, password.error()));
            source.hosts.clear();  // rather than as somebody else
        }
        gathered.terms.push_back({.settings = std::move(source), .password = std::move(password).value_or("")});
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
        places.push_back(std::make_unique<Place>(Place{
            .terms = std::move(one), .domains = std::move(domains), .kept = KeptAccounts(std::move(kept), clock)}));
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
    place.finder_of_names = std::make_unique<file::ThreadWorker>(around_.post);
    look_up_names(place);
}

/// Whoever connects waits for the first time, as long as an answer may take.
void External::look_up_names(Place& place) {
    const auto found = std::make_shared<sources::Endpoints>();  // of the job, then of what is done after it
    place.finder_of_names->run(
        [&terms = place.terms, found] {
            *found = sources::find_endpoints(terms.settings, terms.whereabouts->now({}));
            terms.whereabouts->use(found->found);
        },
        [this, &place, found] {
            note_names(place, found->unknown);
            if (!sources::has_names(place.terms.settings)) return;
            around_.after(found->unknown.empty() ? names_again : unknown_names_again,
                          [this, &place] { look_up_names(place); });
        });
}

void External::note_names(Place& place, const std::vector<std::string>& unknown) {
    const std::set<std::string> now(unknown.begin(), unknown.end());
    const auto before = std::exchange(place.unknown_names, now);
    const auto note = [&](const std::set<std::string>& names, const std::set<std::string>& others, const char* what) {
        for (const auto& name : names)
            if (!others.contains(name))
                around_.log.event(
                    logs::Event::Warning,
                    {{"reason", fmt::format("accounts of {}: {} {}", place.terms.settings.name, name, what)}});
    };
    note(now, before, "is not known now; it is looked up again every few seconds");
    note(before, now, "is known again");
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
