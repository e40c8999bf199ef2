#pragma once
// Where clients come in: the listening sockets, who is let in, and a session for each.
//
// The configuration may be replaced at any time; a session keeps the one it began with.

#include <boost/asio/io_context.hpp>
#include <memory>
#include <set>
#include <vector>

#include "entrance/bars.h"
#include "entrance/clients.h"
#include "net/listener.h"
#include "process/process.h"
#include "smtpd/config.h"
#include "smtpd/session.h"

namespace smtpd {

class Reception {
public:
    Reception(boost::asio::io_context& context, submitter::Directory& directory, submitter::Queue& queue,
              submitter::Opinions& opinions, encryption::Acceptor& acceptor, logs::Log& log, const clocks::Clock& clock)
        : context_(context),
          directory_(directory),
          queue_(queue),
          opinions_(opinions),
          acceptor_(acceptor),
          log_(log),
          clock_(clock) {}

    /// `siblings`: how many smtpd share the server's connections.
    void configure(Config config, std::size_t siblings);
    /// Takes the place of all listeners so far; conversations go on.
    void listen(std::vector<process::Listener> sockets);
    /// Who is not to be let in.
    void bar(const Bars& bars);
    /// No more connections.
    void close() { listeners_.clear(); }
    bool is_idle() const { return occupancy_->now == 0; }

private:
    net::Task<void> serve(const site::Listen& listen, net::SocketStream& stream);
    net::Task<void> begin(net::SocketStream& stream, Entrance entrance, std::shared_ptr<const Config> config,
                          std::string early);
    net::Task<void> converse(net::Stream& stream, Entrance entrance, std::shared_ptr<const Config> config,
                             std::string early);
    bool is_barred(const std::optional<ip::Endpoint>& client, const site::ClientRule* rule, const Config& config) const;
    bool admit(const std::optional<ip::Endpoint>& client, const site::ClientRule* rule, const Config& config);
    net::Task<void> refuse(net::SocketStream& stream, const Entrance& entrance, const site::ClientRule& rule,
                           std::string early, const Config& config);
    void note_gone(net::SocketStream& stream, const net::Gone& gone);
    void note_occupancy();

    boost::asio::io_context& context_;
    submitter::Directory& directory_;
    submitter::Queue& queue_;
    submitter::Opinions& opinions_;
    encryption::Acceptor& acceptor_;
    logs::Log& log_;
    const clocks::Clock& clock_;

    std::shared_ptr<const Config> config_;  // with the sessions that began under it
    std::shared_ptr<net::Occupancy> occupancy_ =
        std::make_shared<net::Occupancy>();  // with net::Listener's conversations
    bool is_under_stress_ = false;
    std::set<Session*> sessions_;  // those that talk now
    entrance::Clients clients_;
    entrance::Bars bars_;
    std::vector<std::unique_ptr<net::Listener>> listeners_;
};

}  // namespace smtpd
