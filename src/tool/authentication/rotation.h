#pragma once
// New keys for a domain.

#include <cstdint>
#include <expected>
#include <string>

#include "signing_keys/folder.h"
#include "site/dkim.h"

namespace authentication {

/// New keys as [dkim] wants them, which are in the folder then. `name`: their selectors are made of it; empty: of the
/// day. The domain is locked.
std::expected<signing_keys::Keys, std::string> make_keys(signing_keys::Folder& folder, const std::string& domain,
                                                         const site::Dkim& dkim, const std::string& name,
                                                         std::int64_t now);

}  // namespace authentication
