#pragma once
// admind as a process.

#include "process/process.h"

namespace admind {

/// Serves until master says stop; the exit status.
int run(process::Inheritance given);

}  // namespace admind
