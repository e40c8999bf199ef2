#pragma once
// The certificate that a server with [acme] has before the authority has issued one.

#include <expected>
#include <string>

#include "master/make_plan.h"

namespace serve {

/// Where there is none, a child signs one for the server's name, as acmed's user; its memory, and with it the key, goes
/// when it ends. True: it made one.
std::expected<bool, std::string> make_first_certificate(const master::Plan& plan);

}  // namespace serve
