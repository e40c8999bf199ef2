// relay: hands mail to other servers. It can resolve names and make connections, and nothing else: it accepts nobody,
// opens no files once it has begun, and knows of a message only while it is sending it.

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
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

/// master kills what has not ended five seconds after it was told to.
constexpr std::chrono::milliseconds longest_farewell{4000};

Config load(const std::string& text, std::uint32_t siblings) {
    auto config = config::load<Config>(text);
    const auto share = [siblings](std::uint32_t all) { return std::max(1u, all / std::max(siblings, 1u)); };
    config.relay.connections = share(config.relay.connections);
    config.relay.connections_per_destination = share(config.relay.connections_per_destination);
    return config;
}

// What is being sent may end; RFC 5321 §4.5.3.2.6 allows a server far longer than a stopping process has.
net::Task<void> finish(asio::io_context& context, Relay& relay, const Orders& orders) {
    const auto last_moment = std::chrono::steady_clock::now() + longest_farewell;
    asio::steady_timer timer(context);
    relay.stop();
    while (relay.is_busy() || !orders.is_heard()) {
        if (std::chrono::steady_clock::now() > last_moment) relay.abandon();
        if (std::chrono::steady_clock::now() > last_moment + std::chrono::milliseconds(300)) break;
        timer.expires_after(std::chrono::milliseconds(20));
        co_await timer.async_wait(asio::use_awaitable);
        relay.tick();
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
    std::mt19937_64 random{std::random_device{}()};
    const auto missing_fences = sandbox::enter(policy(given), given);

    Network network(context, config);
    Means means{
        .resolver = **resolver, .connector = network, .clock = clock, .random = std::ref(random), .config = config};
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
         .on_stop = [&] { asio::co_spawn(context, finish(context, relay, *orders), asio::detached); },
         .on_process = {},
         .on_answer = {}});
    control.ready(missing_fences);
    context.run();
    return 0;
}

}  // namespace relay
