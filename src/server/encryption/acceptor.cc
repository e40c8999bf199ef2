#include "encryption/acceptor.h"

#include "lang/verify.h"

namespace encryption {

void Acceptor::configure(const site::Tls& tls) {
    std::vector<tls::Certificate> read;
    for (const auto& one : site::all_keys(tls)) {
        auto certificate = tls::Certificate::parse(one.certificate_text);
        VERIFY(certificate);  // it was looked at before the configuration was handed over
        read.push_back(std::move(*certificate));
    }
    certificates_ = std::move(read);
    timeout_ = tls.handshake_timeout;
    servers_.clear();
}

std::shared_ptr<const tls::Server> Acceptor::server_for(const tls::Service& service) {
    VERIFY(has_certificate());
    auto& server = servers_[service.name];
    if (!server) server = std::make_shared<tls::Server>(service, certificates_, keyring_, keyring_.tickets());
    return server;
}

net::Task<std::unique_ptr<tls::Stream>> Acceptor::accept(net::Stream& below, const tls::Service& service,
                                                         std::string early) {
    below.set_timeout(timeout_);
    below.set_deadline(timeout_);
    co_return co_await tls::accept(below, server_for(service), std::move(early));
}

}  // namespace encryption
