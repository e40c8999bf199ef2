#pragma once
// The manual page hermod.toml(5), made from the descriptions of the settings. The copy in doc/man is compared with it
// by a test, so that it cannot be out of date.

#include <string>

#include "config/schema.h"

namespace manual {

/// Markdown.
std::string page(const config::Known& all);
/// [{"name": "limits.connections", "type": …, "default": …, "range": …, "meaning": …, "required": …}]
std::string json(const config::Known& all);

}  // namespace manual
