#pragma once
// keyd as a process.

#include "process/process.h"

namespace keyd {

/// Serves until master says stop; the exit status.
int run(process::Inheritance given);

}  // namespace keyd
