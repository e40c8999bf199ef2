#pragma once
// smtpd as a process.

#include "process/process.h"

namespace smtpd {

/// Serves until master says stop; the exit status.
int run(process::Inheritance given);

}  // namespace smtpd
