// keyd: holds the private keys, and signs with them what a TLS handshake signs. It is given the key files open, reads
// them, and can reach nothing but those who ask.

#include <sys/random.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include "clocks/clock.h"
#include "config/load.h"
#include "keyd/config.h"
#include "keyd/run.h"
#include "keyd/sandbox.h"
#include "keyd/service.h"
#include "lang/verify.h"
#include "logs/log.h"

namespace keyd {
namespace {

void fill_with_chance(void* octets, std::size_t count) {
    VERIFY(::getrandom(octets, count, 0) == static_cast<ssize_t>(count));
}

Keys read_keys(std::vector<process::Secret> files, logs::Log& log) {
    Keys keys;
    for (const auto& problem : keys.read(std::move(files))) log.event(logs::Event::Alert, {{"reason", problem}});
    return keys;
}

}  // namespace

int run(process::Inheritance given) {
    boost::asio::io_context context(1);
    const clocks::SystemClock clock;
    const auto config = config::load<Config>(given.config);
    logs::Log log(clock, site::log_options(config.log, "keyd/0"), {std::move(given.log), std::move(given.events)},
                  [&] { boost::asio::post(context, [&] { log.flush(); }); });
    auto keys = read_keys(std::move(given.secrets), log);
    const auto missing_fences = sandbox::enter(policy(), given);

    Service service(context, fill_with_chance);
    service.use(std::move(keys));
    for (auto& peer : given.peers) service.connect(std::move(peer));
    process::Control control(
        context, std::move(given.control),
        {.on_peer = [&](process::Peer peer) { service.connect(std::move(peer)); },
         .on_reload =
             [&](const std::string& text) { log.replace(site::log_options(config::load<Config>(text).log, "keyd/0")); },
         .on_listeners = {},
         .on_log = [&](file::Descriptor lines,
                       file::Descriptor events) { log.replace({std::move(lines), std::move(events)}); },
         .on_secrets = [&](std::vector<process::Secret> files) { service.use(read_keys(std::move(files), log)); },
         .on_stop = [&](std::chrono::milliseconds) { context.stop(); },
         .on_process = {},
         .on_answer = {}});
    control.ready(missing_fences);
    context.run();
    return 0;
}

}  // namespace keyd
