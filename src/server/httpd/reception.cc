#include "httpd/reception.h"

#include "lang/defer.h"

namespace httpd {

void Reception::configure(const Config& config) {
    acceptor_.configure(config.tls);
    tables_ = config.listen;
    pages_.use(offer_of(config, acceptor_.has_certificate()));
}

void Reception::listen(std::vector<process::Listener> sockets) {
    listeners_.clear();
    for (auto& socket : sockets) {
        if (socket.index >= tables_.size()) continue;
        const bool is_encrypted =
            site::tls_of(tables_[socket.index], acceptor_.has_certificate()) == site::ListenTls::Implicit;
        listeners_.push_back(std::make_unique<net::Listener>(
            context_, std::move(socket.socket), occupancy_,
            net::Listener::Handlers{
                .serve = [this, is_encrypted](net::SocketStream& visitor) { return serve(is_encrypted, visitor); },
                .on_gone = {},
                .on_refused = {},
                .refusal = {}}));
    }
}

// Hostile: whoever is too slow, with his request or with the answer, has had his time.
net::Task<void> Reception::serve(bool is_encrypted, net::SocketStream& visitor) {
    visitor.set_deadline(longest_visit);
    visitor.set_timeout(longest_visit);
    const auto client = visitor.remote();
    if (client && !clients_.enter(client->address, most_of_one)) co_return;
    const Defer leave([&] {
        if (client) clients_.leave(client->address);
    });
    if (!is_encrypted) co_return co_await answer(visitor);
    if (!acceptor_.has_certificate()) co_return;
    const auto secure = co_await acceptor_.accept(visitor, encryption::http, encryption::Certificates::NotAsked);
    secure->set_deadline(longest_visit);
    secure->set_timeout(longest_visit);
    co_await answer(*secure);
}

net::Task<void> Reception::answer(net::Stream& visitor) {
    auto asked = co_await http::read_request(visitor);
    std::string response;
    if (asked)
        response = co_await pages_.answer(*std::move(asked));
    else
        response = http::response(asked.error(), "text/plain", "");
    co_await visitor.write(response);
    visitor.close();
}

}  // namespace httpd
