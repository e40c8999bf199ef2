#pragma once
// The certificate before the first one: signed by ourselves, so that a server can speak TLS from its first moment on,
// as far as that needs no proof. The authority's takes its place.

#include <chrono>
#include <string>
#include <vector>

#include "certificates/folder.h"

namespace certificates {

/// For these names, good for a year; where there is one already, nothing.
Result<void> sign_ourselves(const Folder& folder, const std::vector<std::string>& names, std::chrono::sys_seconds now);

}  // namespace certificates
