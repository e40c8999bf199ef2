// keyd: holds the private keys, and signs with them what a TLS handshake signs, and, with others, what DKIM and ARC
// sign. It is given the key files open, reads them, and can reach nothing but those who ask.

#include <sys/random.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include "clocks/clock.h"
#include "config/load.h"
#include "keyd/config.h"
#include "keyd/mail_keys.h"
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

struct AllKeys {
    Keys of_tls;
    MailKeys of_mail;
};

AllKeys read_keys(const std::vector<process::Secret>& files, logs::Log& log) {
    AllKeys keys;
    for (const auto& problem : keys.of_tls.read(files)) log.event(logs::Event::Alert, {{"reason", problem}});
    for (const auto& problem : keys.of_mail.read(files, keys.of_tls))
        log.event(logs::Event::Alert, {{"reason", problem}});
    return keys;
}

}  // namespace

int run(process::Inheritance given) {
    boost::asio::io_context context(1);
    const clocks::SystemClock clock;
    const auto config = config::load<Config>(given.config);
    logs::Log log(clock, site::log_options(config.log, "keyd/0"), {std::move(given.log), std::move(given.events)},
                  [&] { boost::asio::post(context, [&] { log.flush(); }); });
    auto keys = read_keys(std::exchange(given.secrets, {}), log);
    const auto missing_fences = sandbox::enter(policy(), given);

    Service service(context, fill_with_chance);
    MailDesk mail(context);
    const auto use = [&](AllKeys all) {
        service.use(std::move(all.of_tls));
        mail.use(std::move(all.of_mail));
    };
    const auto connect = [&](process::Peer peer) {
        if (peer.role == process::Role::Policyd) return mail.connect(std::move(peer.socket));
        service.connect(std::move(peer));
    };
    use(std::move(keys));
    for (auto& peer : given.peers) connect(std::move(peer));
    process::Control control(
        context, std::move(given.control),
        {.on_peer = connect,
         .on_reload =
             [&](const std::string& text) { log.replace(site::log_options(config::load<Config>(text).log, "keyd/0")); },
         .on_listeners = {},
         .on_log = [&](file::Descriptor lines,
                       file::Descriptor events) { log.replace({std::move(lines), std::move(events)}); },
         .on_secrets = [&](std::vector<process::Secret> files) { use(read_keys(files, log)); },
         .on_stop = [&](std::chrono::milliseconds) { context.stop(); },
         .on_process = {},
         .on_answer = {}});
    control.ready(missing_fences);
    context.run();
    return 0;
}

}  // namespace keyd
