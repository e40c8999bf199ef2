#pragma once
// For a process that cannot begin.

#include <string>

namespace logs {

class Log;

/// An alert, written at once; and what main returns.
int give_up(Log& log, const std::string& reason);

}  // namespace logs
