#pragma once
// What is to be found out about a secret, by a child, whose memory goes with it: the caller may become master, and
// master knows no secrets.

#include <expected>
#include <functional>
#include <string>

namespace check {

/// What `find` returns in the child. The error: "cannot be looked at…".
std::expected<std::string, std::string> found_elsewhere(const std::function<std::string()>& find);

}  // namespace check
