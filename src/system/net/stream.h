#pragma once
// A connection to a stranger, for coroutines. A seam: the simulator has its own.
//
// Reads and writes either do what they say or throw net::Gone: the peer closed, the deadline passed, or the process is
// stopping. There is nobody left to answer then, so no caller handles it: it unwinds the conversation, whose root logs
// it once. Deadlines are set by protocol phase before the operation (RFC 5321 §4.5.3.2) and cost nothing to move.

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <stdexcept>
#include <string>
#include <string_view>

namespace net {

template <typename T>
using Task = boost::asio::awaitable<T>;

struct Gone : std::runtime_error {
    enum class Why { Closed, TimedOut, Stopping, Failed };
    Gone(Why why_, const std::string& text) : std::runtime_error(text), why(why_) {}
    Why why;
};

class Stream {
public:
    virtual ~Stream() = default;

    /// From now on, an operation that has not ended this long after it began fails with TimedOut.
    virtual void set_timeout(std::chrono::milliseconds timeout) = 0;

    /// So long from now, what waits at this moment fails with TimedOut, and so do reads that begin later, until the
    /// deadline is set anew. For what takes several reads, which somebody may bring octet by octet.
    virtual void set_deadline(std::chrono::milliseconds from_now) = 0;

    /// Waits until there is something to read, and appends it to `buffer`, at most `most` octets. The buffer is the
    /// caller's, so that an idle connection needs none: it may be empty and without capacity while this waits.
    virtual Task<void> read_some(std::string& buffer, std::size_t most) = 0;

    /// All of it. `bytes` must live until then.
    virtual Task<void> write(std::string_view bytes) = 0;

    /// Whether octets have arrived that nobody has read: from a client that has not been greeted, a bad sign.
    virtual bool has_unread() const { return false; }

    /// A farewell of a layer above on the way to close(): what can leave without waiting does, the rest is lost.
    virtual void send_last(std::string_view) {}

    virtual void close() = 0;
};

}  // namespace net
