#pragma once
// A Stream over a socket of the operating system: TCP, or a local one.

#include <sys/socket.h>

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <memory>
#include <optional>

#include "file/descriptor.h"
#include "ip/address.h"
#include "net/deadlines.h"
#include "net/stream.h"

namespace net {

class SocketStream final : public Stream, private Deadlines::Entry {
public:
    /// A connected stream socket. `remote`: its other end; none: a local socket.
    SocketStream(boost::asio::io_context& context, file::Descriptor socket, std::optional<ip::Endpoint> remote);
    ~SocketStream();

    void set_timeout(std::chrono::milliseconds timeout) override { timeout_ = timeout; }
    void set_deadline(std::chrono::milliseconds from_now) override;
    Task<void> read_some(std::string& buffer, std::size_t most) override;
    Task<void> write(std::string_view bytes) override;
    bool has_unread() const override;
    void send_last(std::string_view bytes) override;
    void close() override;

    /// The ends of the connection; none: a local socket.
    /// Hostile: the other end is known from the start. A client that resets its connection at once leaves a socket that
    /// has forgotten it, and must not pass for a local one, which is trusted.
    const std::optional<ip::Endpoint>& remote() const { return remote_; }
    std::optional<ip::Endpoint> local() const;

private:
    using Time = Deadlines::Clock::time_point;
    using Socket = boost::asio::generic::stream_protocol::socket;

    Time due() const override { return std::min(read_until_, write_until_); }
    void expire(Time now) override;
    void stop() override;
    void begin_wait(Time& wait, Time until);
    void end_wait(Time& wait, const boost::system::error_code& error);
    int socket() const { return const_cast<Socket&>(socket_).native_handle(); }

    Socket socket_;
    const std::optional<ip::Endpoint> remote_;
    Deadlines& deadlines_;
    std::chrono::milliseconds timeout_ = std::chrono::minutes(5);
    Time deadline_ = Time::max();    // of all reads
    Time read_until_ = Time::max();  // max(): no such wait is under way
    Time write_until_ = Time::max();
    std::optional<Gone::Why> interrupted_;  // why the waits under way were cancelled
    bool more_expected_ = false;            // the last read was cut short by its limit
};

/// The address in a sockaddr, IPv4-mapped ones unmapped.
std::optional<ip::Endpoint> endpoint_of(const sockaddr_storage& address);

}  // namespace net
