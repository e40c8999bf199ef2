#pragma once
// The program that takes the mail of mailing lists, and as whom. deliver knows it of its own accord, and runs no
// command because directory says so.

#include <cstdint>
#include <optional>
#include <string>

#include "site/dns.h"
#include "site/host.h"

namespace deliver {

/// `hermod list deliver …`, of this very binary: what runner is given. It asks the DNS as the server does.
std::string list_command(const site::Host& host, const site::Dns& dns);
/// Whose the folder of lists is; never root. None: there is no such folder.
std::optional<std::uint32_t> lists_uid(const site::Host& host);

}  // namespace deliver
