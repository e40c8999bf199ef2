#pragma once
// master as a process: what `hermod serve` becomes.

#include "master/plan.h"

namespace master {

/// Serves until told to stop; the exit status. All functions are called in short-lived children. When everything
/// accepts, a newline is written to `ready_fd`, unless that is -1, and a service manager that asked for it is told.
int run(Plan plan, PlanMaker remake, CertificateReader read_certificates, KeyTurner turn_keys, int ready_fd);

}  // namespace master
