#pragma once
// directory as a process.

#include "process/process.h"

namespace directory {

/// Serves until master says stop; the exit status.
int run(process::Inheritance given);

}  // namespace directory
