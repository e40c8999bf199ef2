#pragma once
// Tells when a child process has ended, and takes its status away.

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <functional>

namespace reader {

/// `on_end` is called once, on the loop. Where it cannot be known, at once.
void watch_child(boost::asio::io_context& context, std::int64_t pid, std::function<void()> on_end);

}  // namespace reader
