#pragma once
// The control socket: control programs of root, or of the server's own user, and nobody else.
//
// Hostile: the socket's permissions already say so; here the kernel is asked who connected. There are few clients,
// their requests are short, and one that does not read its answers is cut off.

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>

#include "admind/desk.h"
#include "ipc/link.h"

namespace admind {

class Clients {
public:
    static constexpr std::size_t most = 64;
    static constexpr std::size_t longest_request = 64 * 1024;
    static constexpr std::size_t most_unread = 32 * 1024 * 1024;

    struct Handlers {
        std::function<void(ClientId, FromClient)> on_request;
        std::function<void(ClientId)> on_gone;
    };
    Clients(boost::asio::io_context& context, file::Descriptor listener, Handlers handlers);

    void send(ClientId client, const ToClient& message);
    std::size_t count() const { return clients_.size(); }

private:
    using Link = ipc::Link<FromClient, ToClient>;
    void await();
    void accept();
    void welcome(file::Descriptor connection);
    void drop(ClientId client);

    boost::asio::io_context& context_;
    boost::asio::posix::stream_descriptor listener_;
    Handlers handlers_;
    ClientId last_ = 0;
    std::map<ClientId, std::unique_ptr<Link>> clients_;
};

}  // namespace admind
