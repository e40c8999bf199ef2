// authd: has passwords looked at by those who alone can say whether they are right: PAM's modules, as root by number,
// and programs of the administrator's choice, as their user. It runs only where the configuration has a use for it.

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <optional>

#include "authd/checks.h"
#include "authd/config.h"
#include "authd/run.h"
#include "authd/sandbox.h"
#include "clocks/clock.h"
#include "config/load.h"
#include "ipc/link.h"
#include "lang/wiping.h"
#include "logs/log.h"

namespace authd {

int run(process::Inheritance given) {
    using Link = ipc::Link<FromDirectory, directory::FromAuthd>;
    boost::asio::io_context context(1);
    const clocks::SystemClock clock;
    const auto config = config::load<Config>(given.config);
    logs::Log log(clock, site::log_options(config.log, "authd/0"), {std::move(given.log), std::move(given.events)},
                  [&] { boost::asio::post(context, [&] { log.flush(); }); });
    const auto missing_fences = sandbox::enter(policy(given), given);
    const auto warn = [&](const std::string& why) { log.event(logs::Event::Warning, {{"reason", why}}); };
    if (!given.privileged && config.login.system_users)
        warn("started without root: PAM's modules can read no shadow passwords, and let nobody in by them");

    std::optional<Link> directory;
    Checks checks(
        context, config.login, given.privileged,
        [&](const directory::Checked& checked) {
            if (directory) directory->send(checked);
        },
        warn);
    const auto lose_directory = [&] {
        directory.reset();
        checks.abandon();
    };
    const auto connect = [&](process::Peer peer) {
        if (peer.role != process::Role::Directory) return;
        if (directory) lose_directory();
        directory.emplace(context, std::move(peer.socket),
                          Link::Handlers{.on_message =
                                             [&](FromDirectory asked) {
                                                 boost::asio::post(context, [] { wipe_stack(); });
                                                 checks.give(std::get<Check>(std::move(asked)));
                                             },
                                         .on_gone = [&](const std::string&) { lose_directory(); }});
    };
    for (auto& peer : given.peers) connect(std::move(peer));

    process::Control control(
        context, std::move(given.control),
        {.on_peer = connect,
         .on_reload =
             [&](const std::string& text) {
                 auto changed = config::load<Config>(text);
                 changed.login.programs = config.login.programs;  // directory knows those of the start, too
                 changed.login.system_users = config.login.system_users;
                 log.replace(site::log_options(changed.log, "authd/0"));
                 checks.replace(changed.login);
             },
         .on_listeners = {},
         .on_log = [&](file::Descriptor lines,
                       file::Descriptor events) { log.replace({std::move(lines), std::move(events)}); },
         .on_secrets = {},
         .on_stop =
             [&](std::chrono::milliseconds) {
                 checks.abandon();
                 context.stop();
             },
         .on_process = {},
         .on_answer = {}});
    control.ready(missing_fences);
    context.run();
    return 0;
}

}  // namespace authd
