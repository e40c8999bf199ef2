#pragma once
// A listening socket that master bound: takes connections and gives each a conversation of its own.
//
// The one place where conversations start, and where net::Gone ends: whoever unwound one with it is told about here,
// once. A conversation outlives the Listener it came by, so that listeners may change on SIGHUP.
// Hostile: connections beyond the limit, and those for which the process has no descriptor left, are told why in one
// line and closed; when the system has none either, accepting rests for a moment instead of spinning.

#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "file/descriptor.h"
#include "net/socket_stream.h"

namespace net {

/// How many conversations a process holds, over all its listeners.
struct Occupancy {
    std::size_t most = 2000;
    std::size_t now = 0;
};

class Listener {
public:
    struct Handlers {
        /// The conversation. It may throw Gone.
        std::function<Task<void>(SocketStream& stream)> serve;
        std::function<void(SocketStream& stream, const Gone& gone)> on_gone;
        /// Turned away for want of room or descriptors; often, under attack.
        std::function<void(const std::string& why)> on_refused;
        std::string refusal = "421 4.3.2 Too many connections; try again later\r\n";
    };

    /// Every conversation holds a share of `occupancy`, which outlives the listeners.
    Listener(boost::asio::io_context& context, file::Descriptor socket, std::shared_ptr<Occupancy> occupancy,
             Handlers handlers);
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;
    ~Listener();  // accepts no more; conversations go on

private:
    struct State;
    std::shared_ptr<State> state_;  // shared with its conversations
};

}  // namespace net
