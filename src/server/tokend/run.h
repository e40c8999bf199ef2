#pragma once
// tokend as a process.

#include "process/process.h"

namespace tokend {

/// Asks the issuer of tokens until master says stop; the exit status.
int run(process::Inheritance given);

}  // namespace tokend
