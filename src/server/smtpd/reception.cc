#include "smtpd/reception.h"

#include <algorithm>
#include <utility>

#include "entrance/limits.h"
#include "entrance/proxied.h"
#include "lang/defer.h"
#include "smtpd/turned_away.h"

namespace smtpd {
namespace {

constexpr std::uint64_t longest_bar = 864'000;  // seconds, as bans.longest_ban at most
constexpr std::string_view barred = "421 4.7.0 Your address has been banned for a time; try again later\r\n";
constexpr std::string_view share_taken = "421 4.7.0 Too many connections from your network; try again later\r\n";

std::string text_of(const std::optional<ip::Endpoint>& client) {
    return client ? ip::to_text(client->address) : "local";
}

smtp::Encryption encryption_of(const site::Listen& listen, bool has_certificate) {
    switch (site::tls_of(listen, has_certificate)) {
        case site::ListenTls::Off: return smtp::Encryption::None;
        case site::ListenTls::Offered: return smtp::Encryption::Offered;
        case site::ListenTls::Required: return smtp::Encryption::Required;
        case site::ListenTls::Implicit: return smtp::Encryption::Present;
    }
    std::unreachable();
}

ClientLogin::Offer login_of(const site::Listen& listen) {
    if (site::is_submission(listen)) return ClientLogin::Offer::Required;
    return listen.login.value_or(false) ? ClientLogin::Offer::Optional : ClientLogin::Offer::None;
}

std::string whole_text_of(const std::optional<ip::Endpoint>& local) { return local ? ip::to_text(*local) : ""; }

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
        listeners_.push_back(
            std::make_unique<net::Listener>(context_, std::move(socket.socket), occupancy_, std::move(handlers)));
    }
}

net::Task<void> Reception::serve(const site::Listen& listen, net::SocketStream& stream) {
    const auto config = config_;
    note_occupancy();
    const Defer note([this] { note_occupancy(); });
    stream.set_timeout(config->smtp.command_timeout);
    stream.set_deadline(config->smtp.command_timeout);
    Entrance entrance;
    entrance.protocol = listen.protocol == site::ListenProtocol::Lmtp ? smtp::Protocol::Lmtp : smtp::Protocol::Smtp;
    entrance.encryption = encryption_of(listen, acceptor_.has_certificate());
    entrance.login = login_of(listen);
    if (listen.client_certificates) entrance.certificates = encryption::Certificates::Asked;
    entrance.client = stream.remote();
    std::string early;
    if (entrance::is_proxy(listen, entrance.client)) {
        auto named = co_await entrance::read_proxy_header(stream, early);
        if (named) entrance.client = named;
    }
    const auto* rule = entrance.client ? site::rule_for(config->client, entrance.client->address) : nullptr;
    // Not from where one has to log in, which [login] looks after, nor servers of ours that bring what is taken
    // already.
    const bool is_open_to_strangers =
        entrance.protocol != smtp::Protocol::Lmtp && entrance.login != ClientLogin::Offer::Required;
    const bool is_out = is_open_to_strangers && is_barred(entrance.client, rule, *config);
    if (is_out || !admit(entrance.client, rule, *config)) {
        log_.event(logs::Event::ConnectionRefused,
                   {{"client", text_of(entrance.client)},
                    {"port", entrance.client ? entrance.client->port : 0},
                    {"local", whole_text_of(stream.local())},
                    {"reason", is_out ? "it is banned" : "too many connections from this client or network"}});
        if (entrance.encryption != smtp::Encryption::Present) co_await stream.write(is_out ? barred : share_taken);
        co_return;
    }
    const Defer leave([&] {
        if (entrance.client) clients_.leave(entrance.client->address);
    });
    if (rule && rule->action != site::Welcome::Allow)
        co_await refuse(stream, entrance, *rule, std::move(early), *config);
    else
        co_await begin(stream, entrance, config, std::move(early));
}

// Who waits for a handshake would take our words for a broken one; and a handshake is too much for whom we do not want.
net::Task<void> Reception::refuse(net::SocketStream& stream, const Entrance& entrance, const site::ClientRule& rule,
                                  std::string early, const Config& config) {
    log_.event(logs::Event::ConnectionRefused, {{"client", ip::to_text(entrance.client->address)},
                                                {"local", whole_text_of(stream.local())},
                                                {"reason", "by the rule for " + ip::to_text(rule.network)}});
    if (entrance.encryption == smtp::Encryption::Present) co_return;
    const bool is_final = rule.action == site::Welcome::Deny;
    std::string text = rule.text;
    if (text.empty())
        text = is_final ? "Mail from your network is not taken here" : "Mail from your network is not taken now";
    const auto refusal =
        is_final ? smtp::Reply(554, "5.7.1", std::move(text)) : smtp::Reply(421, "4.7.1", std::move(text));
    co_await turn_away(stream, refusal, std::move(early), config.smtp.stress_timeout);
}

net::Task<void> Reception::begin(net::SocketStream& stream, Entrance entrance, std::shared_ptr<const Config> config,
                                 std::string early) {
    log_.event(logs::Event::Connected, {{"client", text_of(entrance.client)},
                                        {"port", entrance.client ? entrance.client->port : 0},
                                        {"local", whole_text_of(stream.local())}});
    if (entrance.encryption != smtp::Encryption::Present)
        co_return co_await converse(stream, entrance, config, std::move(early));
    if (!acceptor_.has_certificate()) throw net::Gone(net::Gone::Why::Failed, "there is no certificate any more");
    const auto secure =
        co_await acceptor_.accept(stream, service_of(entrance), entrance.certificates, std::move(early));
    note_encryption(log_, entrance.client, secure->facts());
    entrance.secure = secure.get();
    co_await converse(*secure, entrance, config, {});
}

net::Task<void> Reception::converse(net::Stream& stream, Entrance entrance, std::shared_ptr<const Config> config,
                                    std::string early) {
    Session session(stream, entrance,
                    {*config, directory_, queue_, opinions_, acceptor_, log_, clock_, is_under_stress_},
                    std::move(early));
    sessions_.insert(&session);
    const Defer leave([&] { sessions_.erase(&session); });
    co_await session.run();
    log_.event(logs::Event::Disconnected, {{"client", text_of(entrance.client)},
                                           {"port", entrance.client ? entrance.client->port : 0},
                                           {"messages", session.messages()}});
}

void Reception::bar(const Bars& said) {
    const auto now = clock_.steady();
    if (said.anew) bars_.lift_all();
    for (const auto& bar : said.bars)
        if (const auto network = ip::parse_network(bar.network))
            bars_.bar(*network, now + std::chrono::seconds(std::min(bar.seconds, longest_bar)), now);
}

bool Reception::is_barred(const std::optional<ip::Endpoint>& client, const site::ClientRule* rule,
                          const Config& config) const {
    if (!client || (rule && rule->action == site::Welcome::Allow)) return false;
    return bars_.is_barred(client->address, clock_.steady()) &&
           !site::may_relay(config.relay, config.client, client->address);
}

bool Reception::admit(const std::optional<ip::Endpoint>& client, const site::ClientRule* rule, const Config& config) {
    if (!client) return true;
    const auto& limits = config.limits;
    if (rule && rule->connections > 0)
        return clients_.enter(client->address,
                              {.per_client = rule->connections,
                               .per_network = std::max(rule->connections, limits.connections_per_network)});
    if (site::may_relay(config.relay, config.client, client->address))
        return clients_.enter(client->address, {.per_client = limits.connections, .per_network = limits.connections});
    return clients_.enter(client->address,
                          {.per_client = limits.connections_per_client, .per_network = limits.connections_per_network});
}

void Reception::note_gone(net::SocketStream& stream, const net::Gone& gone) {
    const auto client = stream.remote();
    log_.event(logs::Event::Disconnected,
               {{"client", text_of(client)}, {"port", client ? client->port : 0}, {"reason", gone.what()}});
}

/// Begins at nine of ten connections and ends at eight, so that one client that comes and goes does not make everybody
/// hurry each time.
void Reception::note_occupancy() {
    const auto tenths = is_under_stress_ ? 8u : 9u;
    const bool was_under_stress = std::exchange(is_under_stress_, occupancy_->now * 10 > occupancy_->most * tenths);
    if (!is_under_stress_ || was_under_stress) return;
    for (auto* session : sessions_) session->hurry();
}

}  // namespace smtpd
