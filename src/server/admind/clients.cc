#include "admind/clients.h"

#include <sys/socket.h>
#include <unistd.h>

#include <variant>

namespace admind {

namespace {

bool may_command(const file::Descriptor& connection) {
    ucred peer{};
    socklen_t length = sizeof peer;
    if (::getsockopt(connection.get(), SOL_SOCKET, SO_PEERCRED, &peer, &length) != 0) return false;
    return peer.uid == 0 || peer.uid == ::geteuid();
}

}  // namespace

Clients::Clients(boost::asio::io_context& context, file::Descriptor listener, Handlers handlers)
    : context_(context), listener_(context, listener.release()), handlers_(std::move(handlers)) {
    listener_.non_blocking(true);
    await();
}

void Clients::await() {
    listener_.async_wait(boost::asio::posix::stream_descriptor::wait_read, [this](boost::system::error_code error) {
        if (error) return;
        accept();
        await();
    });
}

void Clients::accept() {
    for (;;) {
        file::Descriptor connection(
            ::accept4(listener_.native_handle(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
        if (!connection) return;
        if (clients_.size() < most && may_command(connection)) welcome(std::move(connection));
    }
}

void Clients::welcome(file::Descriptor connection) {
    const ClientId id = ++last_;
    Link::Handlers handlers{
        .on_message = [this, id](FromClient request) { handlers_.on_request(id, std::move(request)); },
        .on_gone = [this, id](const std::string&) { drop(id); }};
    clients_.emplace(id, std::make_unique<Link>(context_, std::move(connection), std::move(handlers), longest_request));
}

void Clients::drop(ClientId client) {
    clients_.erase(client);
    handlers_.on_gone(client);
}

void Clients::send(ClientId client, const ToClient& message) {
    const auto found = clients_.find(client);
    if (found == clients_.end()) return;
    std::visit([&](const auto& m) { found->second->send(m); }, message);
    if (found->second->unsent() > most_unread) drop(client);
}

}  // namespace admind
