#pragma once
// A user's instructions, read in his home by his worker: ~/.qmail and ~/.qmail-EXTENSION as qmail-local(8) looks for
// them, or ~/.forward as Sendmail and Postfix do.
//
// Hostile: others may have got at the files, and extensions come from strangers. What is not the owner's (or root's),
// what others may write to, what is a link or no file, makes the mail wait: somebody may mend it.

#include <cstdint>
#include <string>

#include "deliver/job.h"
#include "deliver/obstacle.h"
#include "deliver/plan.h"

namespace deliver {

/// `home`: open, and checked (owner/folder.h). `hostname`: the domain of bare names.
Way<Plan> read_instructions(const Job& job, int home, std::uint32_t owner, const std::string& hostname);

}  // namespace deliver
