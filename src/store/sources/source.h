#pragma once
// A place outside where accounts are kept: PostgreSQL, LDAP. Calls block, each no longer than the source's timeout, so
// they are made by threads, each of which has a Source, and with it a connection, of its own.
//
// An error is never "no". A source that does not answer is left alone for a time, in which every question fails at
// once. Hostile: what is asked about comes from strangers; what is answered, from whoever may write there.

#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "accounts/keeper.h"
#include "accounts/records.h"
#include "clocks/clock.h"
#include "site/account_sources.h"
#include "sources/endpoints.h"

namespace sources {

class Source : public accounts::Records, public accounts::Keeper {
public:
    /// Which domains are ours is not for a source to say.
    accounts::Found<accounts::Domain> domain(std::string_view) override { return std::nullopt; }
};

/// What is needed to call it, gathered before the fences go up; but names are looked up behind them.
struct Terms {
    site::AccountSource settings;
    std::string password;
    std::shared_ptr<Whereabouts> whereabouts = std::make_shared<Whereabouts>();  // as Terms move to where they stay
    /// Called in the thread that asks, when it has become otherwise: why it cannot say; empty: it can again.
    std::function<void(const std::string& why)> on_change = [](const std::string&) {};
    /// It answered, and not what was asked for; told now and then.
    std::function<void(const std::string& what)> on_mistake = [](const std::string&) {};
};

/// Nothing is connected before the first question. `terms` and `clock` must outlive it.
std::unique_ptr<Source> open(const Terms& terms, const clocks::Clock& clock);

/// What is wrong with password_file, for people, without reading what is in it; empty: nothing.
std::string password_file_flaw(const std::string& path);
/// The first line of password_file; an error says why there is none, for people.
std::expected<std::string, std::string> read_password(const site::AccountSource& settings);

/// Before the fences go up, and before there is a second thread: what the libraries want to read is read.
void prepare_libraries();

}  // namespace sources
