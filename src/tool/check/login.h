#pragma once
// The keys of who issues tokens, and the other files that [login] names.

#include "config/node.h"
#include "config/problem.h"
#include "site/login.h"

namespace check {

/// What the file of keys says goes along with the configuration, for directory. One that cannot be read, or is no set
/// of keys: a problem. A PAM service without a file: a warning.
void take_in_login(config::Document& document, const site::Login& login, config::Problems& problems,
                   config::Problems& warnings);

}  // namespace check
