// relay: hands mail to other servers. It can resolve names and make connections, and nothing else: it accepts nobody,
// opens no files once it has begun, and knows of a message only while it is sending it. Passwords of other servers come
// to it in files that master has opened.

#include <sys/random.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <optional>
#include <random>
#include <utility>

#include "config/load.h"
#include "lang/verify.h"
#include "logs/give_up.h"
#include "process/wire.h"
#include "relay/network.h"
#include "relay/orders.h"
#include "relay/relay.h"
#include "relay/run.h"
#include "relay/sandbox.h"
#include "resolver/open.h"
#include "sandbox/sandbox.h"
#include "text/base64.h"

namespace relay {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::milliseconds for_reporting{300};    // of the time for the end: what was cut off is told to qmgr
constexpr std::chrono::milliseconds longest_goodbye{500};  // for servers to answer QUIT, when nothing is open any more
constexpr std::chrono::milliseconds look_again{10};

/// What master opened for us. Without it nobody can be verified, and mail goes all the same.
std::string trusted_issuers(const Config& config, const std::vector<process::Secret>& files, logs::Log& log) {
    if (config.relay.tls_issuers.empty()) return {};
    const auto file = std::ranges::find(files, process::Secret::issuers, &process::Secret::index);
    auto text = file == files.end() ? std::string() : process::content(file->file);
    if (text.empty())
        log.event(logs::Event::Warning,
                  {{"reason", config.relay.tls_issuers + " cannot be read: no server's certificate can be verified"}});
    return text;
}

/// nullptr: it holds no certificates.
std::shared_ptr<tls::Client> make_tls(const Config& config, const std::vector<process::Secret>& files, logs::Log& log) {
    auto made = tls::Client::make(trusted_issuers(config, files, log));
    if (made) return *std::move(made);
    log.event(logs::Event::Alert, {{"reason", config.relay.tls_issuers + " " + made.error()}});
    return nullptr;
}

// Hostile: a nonce that somebody could foretell would let a server have our proof made in advance (RFC 5802 §5.1).
std::string make_nonce() {
    std::string octets(18, '\0');
    VERIFY(::getrandom(octets.data(), octets.size(), 0) == static_cast<ssize_t>(octets.size()));
    return text::to_base64(octets);
}

void use_passwords(Credentials& credentials, const Config& config, const std::vector<process::Secret>& files,
                   logs::Log& log) {
    for (const auto& problem : credentials.use(config.route, files))
        log.event(logs::Event::Alert, {{"reason", problem}});
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
    if (!resolver) return logs::give_up(log, resolver.error());
    auto tls = make_tls(config, given.secrets, log);
    if (!tls) {
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
                .tls = std::move(tls),
                .nonce = make_nonce};
    use_passwords(means.credentials, config, std::exchange(given.secrets, {}), log);
    std::optional<Orders> orders;
    Relay relay(context, means, [&](const qmgr::AttemptDone& done) { orders->report(done); });
    orders.emplace(context, relay);
    for (auto& peer : given.take_peers(process::Role::Qmgr)) orders->connect(std::move(peer.socket));

    std::vector<process::Secret> secrets;  // of the configuration that comes behind them
    process::Control control(
        context, std::move(given.control),
        {.on_peer =
             [&](process::Peer peer) {
                 if (peer.role == process::Role::Qmgr) orders->connect(std::move(peer.socket));
             },
         .on_reload =
             [&](const std::string& text) {
                 config = load(text, siblings);
                 const auto files = std::exchange(secrets, {});
                 use_passwords(means.credentials, config, files, log);
                 // Connections that are open keep the one that made them; a file that is no good changes nothing.
                 if (auto made = make_tls(config, files, log)) means.tls = std::move(made);
                 log.replace(site::log_options(config.log, name));
             },
         .on_listeners = {},
         .on_log = [&](file::Descriptor lines,
                       file::Descriptor events) { log.replace({std::move(lines), std::move(events)}); },
         .on_secrets = [&](std::vector<process::Secret> files) { secrets = std::move(files); },
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
