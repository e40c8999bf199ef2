// relay: hands mail to other servers. It can resolve names and make connections, and nothing else: it accepts nobody,
// opens no files once it has begun, and knows of a message only while it is sending it.

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fstream>
#include <iterator>
#include <optional>
#include <random>

#include "config/load.h"
#include "relay/network.h"
#include "relay/orders.h"
#include "relay/relay.h"
#include "relay/run.h"
#include "relay/sandbox.h"
#include "resolver/open.h"
#include "sandbox/sandbox.h"

namespace relay {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::milliseconds for_reporting{300};    // of the time for the end: what was cut off is told to qmgr
constexpr std::chrono::milliseconds longest_goodbye{500};  // for servers to answer QUIT, when nothing is open any more
constexpr std::chrono::milliseconds look_again{10};

/// Read before the fences go up. Without the file nobody can be verified, and mail goes all the same.
std::string trusted_issuers(const std::string& path, logs::Log& log) {
    if (path.empty()) return {};
    std::ifstream file(path, std::ios::binary);
    std::string text(std::istreambuf_iterator<char>(file), {});
    if (text.empty())
        log.event(logs::Event::Warning,
                  {{"reason", path + " cannot be read: no server's certificate can be verified"}});
    return text;
}

Config load(const std::string& text, std::uint32_t siblings) {
    auto config = config::load<Config>(text);
    config.relay.connections = site::share_of(config.relay.connections, siblings);
    config.relay.connections_per_destination = site::share_of(config.relay.connections_per_destination, siblings);
    return config;
}

// What is being sent may end; RFC 5321 §4.5.3.2.6 allows a server far longer than a stopping process has. Nobody waits
// for a connection that is still being made, or for a name: no attempt hangs on it any more.
net::Task<void> finish(asio::io_context& context, Relay& relay, const Orders& orders, std::chrono::milliseconds time) {
    const auto now = [] { return std::chrono::steady_clock::now(); };
    const auto last_moment = now() + time;
    const auto patience_ends = last_moment - std::min(for_reporting, time / 4);
    asio::steady_timer timer(context);
    relay.stop();
    while ((relay.is_sending() || !orders.is_heard()) && now() < last_moment) {
        if (now() > patience_ends) relay.abandon();
        timer.expires_after(look_again);
        co_await timer.async_wait(asio::use_awaitable);
        relay.tick();
    }
    const auto goodbye_ends = std::min(last_moment, now() + longest_goodbye);
    while (relay.is_conversing() && now() < goodbye_ends) {
        timer.expires_after(look_again);
        co_await timer.async_wait(asio::use_awaitable);
    }
    context.stop();
}

}  // namespace

int run(process::Inheritance given) {
    asio::io_context context(1);
    const clocks::SystemClock clock;
    const std::uint32_t siblings = given.siblings;
    Config config = load(given.config, siblings);
    const std::string name = "relay/" + std::to_string(given.index);
    logs::Log log(clock, site::log_options(config.log, name), {std::move(given.log), std::move(given.events)},
                  [&] { asio::post(context, [&] { log.flush(); }); });
    const auto resolver = resolver::open(context, config.dns);
    if (!resolver) {
        log.event(logs::Event::Alert, {{"reason", resolver.error()}});
        log.flush();
        return 1;
    }
    const auto tls = tls::Client::make(trusted_issuers(config.relay.tls_issuers, log));
    if (!tls) {
        log.event(logs::Event::Alert, {{"reason", config.relay.tls_issuers + " " + tls.error()}});
        log.flush();
        return 1;
    }
    std::mt19937_64 random{std::random_device{}()};
    const auto missing_fences = sandbox::enter(policy(given), given);

    Network network(context, config);
    Means means{.resolver = **resolver,
                .connector = network,
                .clock = clock,
                .random = std::ref(random),
                .config = config,
                .tls = *tls};
    std::optional<Orders> orders;
    Relay relay(context, means, [&](const qmgr::AttemptDone& done) { orders->report(done); });
    orders.emplace(context, relay);
    for (auto& peer : given.take_peers(process::Role::Qmgr)) orders->connect(std::move(peer.socket));

    process::Control control(
        context, std::move(given.control),
        {.on_peer =
             [&](process::Peer peer) {
                 if (peer.role == process::Role::Qmgr) orders->connect(std::move(peer.socket));
             },
         .on_reload =
             [&](const std::string& text) {
                 config = load(text, siblings);
                 log.replace(site::log_options(config.log, name));
             },
         .on_listeners = {},
         .on_log = [&](file::Descriptor lines,
                       file::Descriptor events) { log.replace({std::move(lines), std::move(events)}); },
         .on_stop =
             [&](std::chrono::milliseconds time) {
                 asio::co_spawn(context, finish(context, relay, *orders, time), asio::detached);
             },
         .on_process = {},
         .on_answer = {}});
    control.ready(missing_fences);
    context.run();
    return 0;
}

}  // namespace relay
