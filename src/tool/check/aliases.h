#pragma once
// The files of aliases and members that the configuration names.

#include "config/node.h"
#include "config/problem.h"

namespace check {

/// What the files say goes along with the configuration, with the place of every rule: directory itself can open
/// nothing. What is wrong in them is a problem; of members that cannot be understood, a warning.
void take_in_aliases(config::Document& document, config::Problems& problems, config::Problems& warnings);

}  // namespace check
