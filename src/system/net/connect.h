#pragma once
// Connections that we open: to another server's port, or to a local socket ("lmtp:/path").
//
// That nobody answers is for the caller to decide upon (the next address, the next host), so it is a value here.

#include <boost/asio/io_context.hpp>
#include <expected>
#include <memory>
#include <optional>
#include <string>

#include "ip/address.h"
#include "net/socket_stream.h"

namespace net {

struct ConnectFailure {
    int number = 0;    // errno; ETIMEDOUT also when it was we who gave up
    std::string text;  // "Connection refused"
};
using Connected = std::expected<std::unique_ptr<SocketStream>, ConnectFailure>;

/// `source`: our address, where the administrator wants a certain one.
Task<Connected> connect(boost::asio::io_context& context, ip::Endpoint to, std::chrono::milliseconds timeout,
                        std::optional<ip::Address> source = std::nullopt);

Task<Connected> connect_local(boost::asio::io_context& context, std::string path, std::chrono::milliseconds timeout);

}  // namespace net
