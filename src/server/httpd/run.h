#pragma once
// httpd as a process.

#include "process/process.h"

namespace httpd {

/// Serves until master says stop; the exit status.
int run(process::Inheritance given);

}  // namespace httpd
