#pragma once
// Where those who ask come in: the listening sockets, and one request for each connection.

#include <boost/asio/io_context.hpp>
#include <memory>
#include <vector>

#include "encryption/acceptor.h"
#include "entrance/clients.h"
#include "httpd/config.h"
#include "httpd/pages.h"
#include "net/listener.h"
#include "process/process.h"

namespace httpd {

class Reception {
public:
    static constexpr std::size_t most = 200;
    static constexpr entrance::Clients::Most most_of_one{.per_client = 20, .per_network = 50};
    static constexpr std::chrono::seconds longest_visit{20};

    /// All outlive it.
    Reception(boost::asio::io_context& context, Pages& pages, encryption::Acceptor& acceptor)
        : context_(context), pages_(pages), acceptor_(acceptor) {}

    void configure(const Config& config);
    /// Takes the place of all listeners so far.
    void listen(std::vector<process::Listener> sockets);

private:
    net::Task<void> serve(bool is_encrypted, net::SocketStream& visitor);
    net::Task<void> answer(net::Stream& visitor);

    boost::asio::io_context& context_;
    Pages& pages_;
    encryption::Acceptor& acceptor_;
    std::vector<site::Listen> tables_;
    std::shared_ptr<net::Occupancy> occupancy_ = std::make_shared<net::Occupancy>(net::Occupancy{.most = most});
    entrance::Clients clients_;
    std::vector<std::unique_ptr<net::Listener>> listeners_;
};

}  // namespace httpd
