#pragma once
// What may be made, and what may not: the checks of a change, before it is carried out.

#include <string>
#include <string_view>
#include <vector>

#include "account/desk.h"
#include "accounts/records.h"

namespace account {

/// A domain that is not the configuration's, and whose settings make sense.
Result<accounts::Domain> new_domain(const Desk& desk, std::string_view name, const accounts::Domain& settings);
/// An account at a domain that can have some.
Result<std::string> new_account_name(const Desk& desk, std::string_view text);
/// The name of an alias that would count.
Result<std::string> new_alias_name(const Desk& desk, std::string_view text);
/// Addresses. Programs, files and lists of members are for the configuration and for users to name: whoever broke into
/// directory, and could write the database, must not be able to run any.
Result<std::vector<addressing::Target>> new_targets(const std::vector<std::string>& texts);

}  // namespace account
