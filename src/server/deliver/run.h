#pragma once
// deliver as a process.

#include "process/process.h"

namespace deliver {

/// Puts mail into mailboxes until master says stop; the exit status.
int run(process::Inheritance given);

}  // namespace deliver
