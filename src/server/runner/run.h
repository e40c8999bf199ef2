#pragma once
// runner as a process.

#include "process/process.h"

namespace runner {

/// Runs the programs of users, until master says stop; the exit status.
int run(process::Inheritance given);

}  // namespace runner
