#pragma once
// policyd as a process.

#include "process/process.h"

namespace policyd {

/// Gives its opinion until master says stop; the exit status.
int run(process::Inheritance given);

}  // namespace policyd
