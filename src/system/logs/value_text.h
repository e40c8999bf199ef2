#pragma once
// The values of an event as text that is safe to print.

#include <string>

#include "logs/entry.h"

namespace logs {

constexpr std::size_t longest_value = 2048;

/// Escaped where need be (text/escape.h).
void append_value(std::string& out, const Field& field);
/// The same between the quotes of JSON.
void append_json_text(std::string& out, std::string_view outside);
void append_id(std::string& out, std::uint64_t id);

}  // namespace logs
