#pragma once
// Where clients come in: the listening sockets, who is let in, and a session for each.
//
// The configuration may be replaced at any time; a session keeps the one it began with.

#include <boost/asio/io_context.hpp>
#include <memory>
#include <vector>

#include "entrance/clients.h"
#include "net/listener.h"
#include "pop3d/config.h"
#include "pop3d/session.h"
#include "process/process.h"

namespace pop3d {

class Reception {
public:
    Reception(boost::asio::io_context& context, login::Desk& logins, Mailroom& mailroom, encryption::Acceptor& acceptor,
              logs::Log& log)
        : context_(context), logins_(logins), mailroom_(mailroom), acceptor_(acceptor), log_(log) {}

    /// `siblings`: how many pop3d share the server's connections.
    void configure(Config config, std::size_t siblings);
    /// Takes the place of all listeners so far; conversations go on.
    void listen(std::vector<process::Listener> sockets);
    /// No more connections.
    void close() { listeners_.clear(); }
    bool is_idle() const { return occupancy_->now == 0; }

private:
    net::Task<void> serve(const site::Listen& listen, net::SocketStream& stream);
    net::Task<void> begin(net::SocketStream& stream, Entrance entrance, std::shared_ptr<const Config> config,
                          std::string early);
    net::Task<void> converse(net::Stream& stream, Entrance entrance, std::shared_ptr<const Config> config);
    bool admit(const Entrance& entrance, const site::ClientRule* rule, const site::Limits& limits);
    net::Task<void> refuse(net::Stream& stream, Entrance entrance, site::ClientRule rule);
    void note_gone(net::SocketStream& stream, const net::Gone& gone);

    boost::asio::io_context& context_;
    login::Desk& logins_;
    Mailroom& mailroom_;
    encryption::Acceptor& acceptor_;
    logs::Log& log_;

    std::shared_ptr<const Config> config_;  // with the sessions that began under it
    std::shared_ptr<net::Occupancy> occupancy_ =
        std::make_shared<net::Occupancy>();  // with net::Listener's conversations
    entrance::Clients clients_;
    std::vector<std::unique_ptr<net::Listener>> listeners_;
};

}  // namespace pop3d
