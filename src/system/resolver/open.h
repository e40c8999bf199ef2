#pragma once
// The resolver that [dns] asks for. Files are read here, before any fence is raised, and never later.

#include <boost/asio/io_context.hpp>
#include <expected>
#include <memory>
#include <string>

#include "resolver/resolver.h"
#include "site/dns.h"

namespace resolver {

/// The root's keys as Debian's dns-root-data brings them. Used only where we ask the authoritative servers ourselves
/// and nothing else is set: a resolver that the administrator names may have a root of its own.
constexpr const char* root_keys = "/usr/share/dns/root.key";

/// Or why there can be none, in words for an administrator.
std::expected<std::unique_ptr<Resolver>, std::string> open(boost::asio::io_context& context, const site::Dns& settings);

}  // namespace resolver
