#pragma once
// The directories of a server: made where they are missing, with the owners that the roles need; and the lock that
// keeps a second master away from the same data.

#include <expected>
#include <string>

#include "file/descriptor.h"
#include "master/plan.h"
#include "process/process.h"

namespace master {

/// Makes what is missing. With `privileged` each directory belongs to its role's user, else everything is ours.
std::expected<void, std::string> make_places(const Plan& plan, bool privileged);

/// The secret of rewritten senders, where it is missing: random, for root alone.
std::expected<void, std::string> make_srs_secret(const Plan& plan);

/// Held as long as the descriptor is open. The error names who holds it.
std::expected<file::Descriptor, std::string> lock(const Plan& plan);

/// What a role is given of the filesystem: the spool for qmgr, the drop directory for pickup, an empty one for those
/// that are to see nothing.
std::vector<process::Directory> directories_for(process::Role role, const Plan& plan);

}  // namespace master
