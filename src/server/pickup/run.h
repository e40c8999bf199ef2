#pragma once
// pickup as a process.

#include "process/process.h"

namespace pickup {

/// Takes in what local programs leave, until master says stop; the exit status.
int run(process::Inheritance given);

}  // namespace pickup
