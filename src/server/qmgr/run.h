#pragma once
// qmgr as a process.

#include "process/process.h"

namespace qmgr {

/// Keeps the queue until master says stop; the exit status.
int run(process::Inheritance given);

}  // namespace qmgr
