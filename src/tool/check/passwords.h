#pragma once
// The files of passwords that the configuration names.

#include <string>

#include "config/node.h"
#include "config/problem.h"
#include "site/route.h"

namespace check {

/// What is wrong with a file that has a secret in it, in words that follow its name; empty: nothing.
std::string flaw_of_secret_file(const std::string& path);

/// Whether they are there, and nobody else's to read. What is in them is not looked at: the caller may become master,
/// and master knows no secrets.
void check_password_files(const config::Document& document, const site::Routes& routes, config::Problems& problems);

}  // namespace check
