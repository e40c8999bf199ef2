#pragma once
// authd as a process.

#include "process/process.h"

namespace authd {

/// Has passwords checked, until master says stop; the exit status.
int run(process::Inheritance given);

}  // namespace authd
