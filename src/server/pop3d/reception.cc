#include "pop3d/reception.h"

#include <algorithm>

#include "entrance/limits.h"
#include "entrance/proxied.h"
#include "lang/defer.h"

namespace pop3d {
namespace {

constexpr std::string_view share_taken = "-ERR [SYS/TEMP] too many connections from your network; try again later\r\n";
constexpr const char* all_taken = "-ERR [SYS/TEMP] too many connections; try again later\r\n";

std::string text_of(const std::optional<ip::Endpoint>& client) {
    return client ? ip::to_text(client->address) : "local";
}

std::uint16_t port_of(const std::optional<ip::Endpoint>& client) { return client ? client->port : std::uint16_t{0}; }

}  // namespace

void Reception::configure(Config config, std::size_t siblings) {
    entrance::take_share(config.limits, siblings);
    entrance::take_share(config.client, siblings);
    occupancy_->most = config.limits.connections;
    acceptor_.configure(config.tls);
    config_ = std::make_shared<const Config>(std::move(config));
}

void Reception::listen(std::vector<process::Listener> sockets) {
    listeners_.clear();
    for (auto& socket : sockets) {
        if (socket.index >= config_->listen.size()) continue;
        net::Listener::Handlers handlers;
        handlers.serve = [this, listen = config_->listen[socket.index]](net::SocketStream& stream) {
            return serve(listen, stream);
        };
        handlers.on_gone = [this](net::SocketStream& stream, const net::Gone& gone) { note_gone(stream, gone); };
        handlers.on_refused = [this](const std::string& why) {
            log_.event(logs::Event::ConnectionRefused, {{"client", "unknown"}, {"reason", why}});
        };
        handlers.refusal = all_taken;
        listeners_.push_back(
            std::make_unique<net::Listener>(context_, std::move(socket.socket), occupancy_, std::move(handlers)));
    }
}

net::Task<void> Reception::serve(const site::Listen& listen, net::SocketStream& stream) {
    const auto config = config_;
    stream.set_timeout(config->pop3.login_timeout);
    stream.set_deadline(config->pop3.login_timeout);
    Entrance entrance{.client = stream.remote(), .tls = site::tls_of(listen, acceptor_.has_certificate())};
    if (listen.client_certificates) entrance.certificates = encryption::Certificates::Asked;
    std::string early;
    if (entrance::is_proxy(listen, entrance.client)) {
        auto named = co_await entrance::read_proxy_header(stream, early);
        if (named) entrance.client = named;
    }
    const auto* rule = entrance.client ? site::rule_for(config->client, entrance.client->address) : nullptr;
    if (rule && rule->action != site::Welcome::Allow) co_return co_await refuse(stream, entrance, *rule);
    if (!admit(entrance, rule, config->limits)) {
        log_.event(logs::Event::ConnectionRefused, {{"client", text_of(entrance.client)},
                                                    {"port", port_of(entrance.client)},
                                                    {"reason", "too many connections from this client or network"}});
        if (entrance.tls != site::ListenTls::Implicit) co_await stream.write(share_taken);
        co_return;
    }
    const Defer leave([&] {
        if (entrance.client) clients_.leave(entrance.client->address);
    });
    co_await begin(stream, entrance, config, std::move(early));
}

bool Reception::admit(const Entrance& entrance, const site::ClientRule* rule, const site::Limits& limits) {
    if (!entrance.client) return true;
    const auto most = rule && rule->connections > 0 ? rule->connections : limits.connections_per_client;
    return clients_.enter(entrance.client->address,
                          {.per_client = most, .per_network = std::max(most, limits.connections_per_network)});
}

net::Task<void> Reception::refuse(net::Stream& stream, Entrance entrance, site::ClientRule rule) {
    log_.event(logs::Event::ConnectionRefused, {{"client", text_of(entrance.client)},
                                                {"port", port_of(entrance.client)},
                                                {"reason", "by the rule for " + ip::to_text(rule.network)}});
    if (entrance.tls == site::ListenTls::Implicit) co_return;  // it would not understand
    const auto code = rule.action == site::Welcome::Deny ? "SYS/PERM" : "SYS/TEMP";
    const auto text = rule.text.empty() ? std::string("nobody is let in from your network") : rule.text;
    co_await stream.write(pop3::err(text, code).wire());
}

net::Task<void> Reception::begin(net::SocketStream& stream, Entrance entrance, std::shared_ptr<const Config> config,
                                 std::string early) {
    const auto local = stream.local();
    log_.event(logs::Event::Connected, {{"client", text_of(entrance.client)},
                                        {"port", port_of(entrance.client)},
                                        {"local", local ? ip::to_text(*local) : ""}});
    if (entrance.tls != site::ListenTls::Implicit) co_return co_await converse(stream, entrance, config);
    if (!acceptor_.has_certificate()) throw net::Gone(net::Gone::Why::Failed, "there is no certificate any more");
    const auto secure = co_await acceptor_.accept(stream, encryption::pop3, entrance.certificates, std::move(early));
    note_encryption(log_, entrance.client, secure->facts());
    entrance.secure = secure.get();
    co_await converse(*secure, entrance, config);
}

net::Task<void> Reception::converse(net::Stream& stream, Entrance entrance, std::shared_ptr<const Config> config) {
    Session session(stream, entrance, {*config, logins_, mailroom_, acceptor_, log_});
    const Defer note([&] {
        if (session.account().empty()) return;
        log_.event(logs::Event::MailboxClosed, {{"account", session.account()},
                                                {"client", text_of(entrance.client)},
                                                {"retrieved", session.retrieved()},
                                                {"deleted", session.deleted()}});
    });
    co_await session.run();
    log_.event(logs::Event::Disconnected, {{"client", text_of(entrance.client)}, {"port", port_of(entrance.client)}});
}

void Reception::note_gone(net::SocketStream& stream, const net::Gone& gone) {
    const auto client = stream.remote();
    log_.event(logs::Event::Disconnected,
               {{"client", text_of(client)}, {"port", port_of(client)}, {"reason", gone.what()}});
}

}  // namespace pop3d
