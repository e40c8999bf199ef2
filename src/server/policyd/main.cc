// policyd: says what is to be thought of mail before it is taken. It asks the DNS whether a client may send in the name
// it gives and whether a message is whose it says, and tells smtpd what to answer and what to write on the message. It
// runs only where something is set that has a use for it.

#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <optional>

#include "config/load.h"
#include "logs/give_up.h"
#include "logs/log.h"
#include "policyd/key_watch.h"
#include "policyd/outbox.h"
#include "policyd/reflector.h"
#include "policyd/reporting.h"
#include "policyd/run.h"
#include "policyd/sandbox.h"
#include "policyd/service.h"
#include "resolver/open.h"
#include "resolver/zone_limits.h"
#include "sandbox/sandbox.h"

namespace policyd {

int run(process::Inheritance given) {
    boost::asio::io_context context(1);
    const clocks::SystemClock clock;
    const auto config = config::load<Config>(given.config);
    logs::Log log(clock, site::log_options(config.log, "policyd/0"), {std::move(given.log), std::move(given.events)},
                  [&] { boost::asio::post(context, [&] { log.flush(); }); });
    auto dns = config.dns;
    dns.timeout = std::min(dns.timeout, config.spf.timeout);  // a client waits for the answer
    const auto resolver = resolver::open(context, dns);
    if (!resolver) return logs::give_up(log, resolver.error());
    const auto limits_of = [](const Config& set) {
        return resolver::ZoneLimits::Limits{.per_second = set.policy.zone_questions};
    };
    resolver::ZoneLimits names(**resolver, clock, limits_of(config));
    const bool reaches_sockets = std::ranges::any_of(config.scanner, site::is_local);
    const auto missing_fences = sandbox::enter(policy(reaches_sockets), given);

    SenderList senders(given.take_directory(process::Directory::Purpose::State), log);
    submitter::Queue queue(context);
    Outbox outbox(queue, clock);
    Reporting reporting({context, names, clock, log, outbox},
                        given.privileged && !reaches_sockets ? "/" : site::policy_folder(config), config.hostname,
                        config.reports);
    Reflector reflector({names, outbox, clock, log});
    ListHealth lists(**resolver, clock, [&log](const dns::Name& zone, std::string_view why) {
        log.event(logs::Event::ListSuspended, {{"zone", to_text(zone)}, {"reason", why}});
    });
    Service service({context, names, clock, lists, senders, outbox, reporting, reflector}, config);
    const auto connect = [&](process::Peer peer) {
        if (peer.role == process::Role::Qmgr) return queue.connect(std::move(peer.socket));
        if (peer.role == process::Role::Keyd) return service.connect_keyd(std::move(peer.socket));
        service.connect(std::move(peer));
    };
    for (auto& peer : given.peers) connect(std::move(peer));
    reporting.begin();

    std::optional<KeyWatch> keys;
    process::Control control(
        context, std::move(given.control),
        {.on_peer = connect,
         .on_reload =
             [&](const std::string& text) {
                 auto changed = config::load<Config>(text);
                 log.replace(site::log_options(changed.log, "policyd/0"));
                 names.use(limits_of(changed));
                 keys->use(changed.dkim);
                 service.replace(std::move(changed));
             },
         .on_listeners = {},
         .on_log = [&](file::Descriptor lines,
                       file::Descriptor events) { log.replace({std::move(lines), std::move(events)}); },
         .on_secrets = {},
         .on_stop = [&](std::chrono::milliseconds) { context.stop(); },
         .on_process = {},
         .on_answer = {}});
    keys.emplace(
        context, **resolver,
        KeyWatch::Tell{.record = [&](std::uint64_t number, bool is_there) { control.tell_of_record(number, is_there); },
                       .looked = [&] { control.tell_of_records_looked(); }},
        KeyWatch::Pace());
    keys->use(config.dkim);
    control.ready(missing_fences);
    context.run();
    reporting.finish();
    log.flush();
    ::_exit(0);  // coroutines are not unwound: what they refer to goes before they do
}

}  // namespace policyd
