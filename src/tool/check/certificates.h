#pragma once
// The certificates and private keys that the configuration names.

#include <expected>
#include <string>

#include "config/node.h"
#include "config/problem.h"
#include "site/tls.h"

namespace check {

/// What the certificate files say goes along with the configuration, for those who serve clients. A file that cannot be
/// read, a key that does not fit, a certificate out of date: problems; one that will be soon: a warning.
/// Keys are read in a process of their own, which ends: the caller may become master, and master knows no secrets.
void take_in_certificates(config::Document& document, const site::Tls& tls, config::Problems& problems,
                          config::Problems& warnings);

/// What is wrong with a file of those whom certificates are believed from, in words that follow its name; or empty.
std::string flaw_of_authorities(const std::string& path);

/// A configuration as load_all() gives it, with what the certificate files say now. Or all that is wrong with them.
std::expected<std::string, std::string> renew_certificates(const std::string& configuration);

}  // namespace check
