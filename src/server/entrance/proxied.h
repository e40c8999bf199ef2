#pragma once
// The PROXY protocol header that a load balancer sends before the client's own words.

#include <optional>
#include <string>

#include "ip/address.h"
#include "net/stream.h"

namespace entrance {

/// Reads the header; what came behind it is left in `buffer`. The client that the proxy speaks for, if it names one.
/// Anything but a header throws net::Gone: the proxy is set up wrongly, and has nobody to read a reply.
net::Task<std::optional<ip::Endpoint>> read_proxy_header(net::Stream& stream, std::string& buffer);

}  // namespace entrance
