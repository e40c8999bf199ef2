#pragma once
// The keys of one domain, carried one step on: what `hermod dkim rotate` does, apart from its words to people.

#include <cstdint>
#include <expected>
#include <string>
#include <vector>

#include "dns/answer.h"
#include "signing_keys/folder.h"
#include "site/dkim.h"

namespace authentication {

/// What one lookup told of a key's record.
enum class Published : std::uint8_t { Yes, Missing, Another, Unknown };  // Unknown: the DNS did not answer
Published published(const signing_keys::Key& key, const dns::Answer& answer);

/// New keys as [dkim] wants them. `name`: their selectors are made of it; empty: of the day.
std::expected<std::vector<signing_keys::NewKey>, std::string> make_keys(const signing_keys::Folder& folder,
                                                                        const std::string& domain,
                                                                        const site::Dkim& dkim, const std::string& name,
                                                                        std::int64_t now);

/// What is to be published for it.
std::string record_of(const signing_keys::Key& key);

}  // namespace authentication
