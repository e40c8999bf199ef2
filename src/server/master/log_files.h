#pragma once
// The files that all processes append their lines to: opened here, handed to the others as descriptors.

#include "file/descriptor.h"
#include "logs/log.h"
#include "master/plan.h"

namespace master {

struct LogDescriptors {
    file::Descriptor log;
    file::Descriptor events;
};

/// Rotates what has grown too large (FILE to FILE.1, FILE.1 to FILE.2, …), then opens both. A file that cannot be
/// opened is missing from the answer; lines for people go to standard error then, as when no file was asked for.
LogDescriptors open_logs(const Plan& plan);

/// For master's own lines.
logs::Outputs duplicates(const LogDescriptors& logs);
logs::Options log_options(const Plan& plan);

}  // namespace master
