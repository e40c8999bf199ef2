#pragma once
// What is printed: for people, and as JSON with one object a line. The keys are those that an import reads.

#include <string>

#include "accounts/records.h"
#include "addressing/resolver.h"

namespace account {

std::string list_form(const accounts::Domain& domain);
std::string json_form(const accounts::Domain& domain);
std::string list_form(const accounts::Alias& alias);
std::string json_form(const accounts::Alias& alias);
std::string list_form(const accounts::Account& account);
std::string json_form(const accounts::Account& account);

/// "2026-11-27 20:15", in this machine's time.
std::string time_text(std::int64_t seconds);

}  // namespace account
