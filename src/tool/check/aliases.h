#pragma once
// The files of aliases and members that the configuration names, and rounds in which mail would go.

#include "config/node.h"
#include "config/problem.h"

namespace check {

/// What the files say goes along with the configuration, with the place of every rule: directory itself can open
/// nothing. What is wrong in them is a problem; of members that cannot be understood, a warning.
void take_in_aliases(config::Document& document, config::Problems& problems, config::Problems& warnings);

/// Each round of aliases, domains and members once, with every edge: "a@x (file:1) leads to b@x (file:2) …". `text`: of
/// a configuration without other problems. Nobody is asked which users there are: every name could be one.
config::Problems find_rounds(const std::string& text);

}  // namespace check
