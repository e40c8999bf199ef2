#pragma once
// acmed as a process.

#include "process/process.h"

namespace acmed {

/// Keeps the certificate in order until master says stop; the exit status.
int run(process::Inheritance given);

}  // namespace acmed
