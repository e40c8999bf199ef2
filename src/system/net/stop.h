#pragma once
// An orderly end: conversations that wait for the other side's next words end, those that are saying something finish.

#include <boost/asio/io_context.hpp>

namespace net {

/// From now on, every stream of this loop that waits in read_some(), or begins to with nothing to read, fails with
/// Gone::Stopping. Writing goes on, so that a server can still say 421 (RFC 5321 §3.8).
void stop_reading(boost::asio::io_context& context);

}  // namespace net
