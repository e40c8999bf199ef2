#pragma once
// reader as a process.

#include "process/process.h"

namespace reader {

/// Opens mailboxes for those who have logged in, until master says stop; the exit status.
int run(process::Inheritance given);

}  // namespace reader
