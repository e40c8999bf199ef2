#pragma once
// relay as a process.

#include "process/process.h"

namespace relay {

/// Sends what qmgr orders until master says stop; the exit status.
int run(process::Inheritance given);

}  // namespace relay
