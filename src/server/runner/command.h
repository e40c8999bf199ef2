#pragma once
// From a command to what is executed. Pure. A shell is asked only where the command has something for it to do.

#include <string>
#include <string_view>
#include <vector>

namespace runner {

/// The words of a command in which nothing is special to a shell; else {"/bin/sh", "-c", command}.
std::vector<std::string> words_of(std::string_view command);

/// The environment as the program gets it: what was ordered, and a PATH.
/// Hostile: values come from envelopes. What old shells take for a function is taken the edge off.
std::vector<std::string> environment_of(const std::vector<std::string>& ordered);

/// What a program printed, as one line of printable ASCII.
std::string one_line(std::string_view output);

}  // namespace runner
