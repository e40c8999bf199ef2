#pragma once
// `hermod domain`, `hermod alias`, `hermod account`: the directory, written by command. They write its database
// themselves, whether a server runs or not; what they commit counts for the next recipient it is asked about.

#include <span>

namespace account {

/// 0: done; 1: no (it does not exist, it exists already, mail would go round, not allowed); 2: misused, or the
/// configuration is wrong; 75: the database cannot be used now.
int run_domain(std::span<char*> arguments);
int run_alias(std::span<char*> arguments);
int run_account(std::span<char*> arguments);

}  // namespace account
