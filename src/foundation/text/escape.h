#pragma once
// Text from outside in a form that is safe to print: into logs, terminals and notifications.

#include <cstddef>
#include <string>
#include <string_view>

namespace text {

/// Control characters (C0, DEL, C1), backslashes (doubled) and octets that are not UTF-8 as \xNN; line ends as \n and
/// \r, tab as
/// \t; also the invisible characters that turn the writing direction (U+200B..U+200F, U+202A..U+202E,
/// U+2060..U+2069, U+FEFF). Cut with "…" to the given number of octets.
/// Hostile: a HELO of "a\x1b]0;x\x07" or a subject with a line end must not become a command or a line of its own.
std::string escaped(std::string_view outside, std::size_t most_octets = 2048);

}  // namespace text
