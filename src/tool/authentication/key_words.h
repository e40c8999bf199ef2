#pragma once
// What the commands that change our signing keys have in common: their words, and the running server that is told.

#include <expected>
#include <string>

#include "check/signing_site.h"
#include "signing_keys/folder.h"

namespace authentication {

/// "example.org: new keys"
void say(const std::string& domain, const std::string& text);
/// The line of a zone file.
void print_record(const std::string& domain, const signing_keys::Key& key);

/// New keys, what to publish for them, and what comes then. The domain is locked. `name`: their selectors are made of
/// it; empty: of the day.
std::expected<void, std::string> make_and_tell(signing_keys::Folder& folder, const std::string& domain,
                                               const check::SigningSite& site, const std::string& name,
                                               std::int64_t now);

/// The running server takes the keys as they are now. The exit status: 0, also where none runs; or 1 where it refuses
/// to, or cannot be told.
int reload_server(const std::string& configuration);

}  // namespace authentication
