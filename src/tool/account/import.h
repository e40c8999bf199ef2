#pragma once
// Many at once: a file of JSON lines, one object each, with the keys that `list --json` prints. Read as a stream, and
// committed some thousand at a time; a line that is wrong is told and passed over.

#include <string>

#include "account/desk.h"

namespace account {

/// domain, catch_all, same_as, delimiters
Result<> import_domains(const std::string& configuration, const std::string& file, bool json);
/// alias, targets
Result<> import_aliases(const std::string& configuration, const std::string& file, bool json);
/// address, quota ("500MB", or octets), disabled, hash
Result<> import_accounts(const std::string& configuration, const std::string& file, bool json);

}  // namespace account
