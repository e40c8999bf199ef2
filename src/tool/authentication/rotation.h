#pragma once
// New keys for a domain.

#include <cstdint>
#include <expected>
#include <string>
#include <vector>

#include "signing_keys/folder.h"
#include "site/dkim.h"

namespace authentication {

/// New keys as [dkim] wants them. `name`: their selectors are made of it; empty: of the day.
std::expected<std::vector<signing_keys::NewKey>, std::string> make_keys(const signing_keys::Folder& folder,
                                                                        const std::string& domain,
                                                                        const site::Dkim& dkim, const std::string& name,
                                                                        std::int64_t now);

}  // namespace authentication
