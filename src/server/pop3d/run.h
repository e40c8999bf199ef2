#pragma once
// pop3d as a process.

#include "process/process.h"

namespace pop3d {

/// Serves until master says stop; the exit status.
int run(process::Inheritance given);

}  // namespace pop3d
