// deliver: puts mail into mailboxes, each as its owner. This process only hands out the work; its workers (worker.h)
// have become the owners, and it touches no mailbox itself. It makes no connections and runs no programs.

#include <pwd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include "clocks/clock.h"
#include "config/load.h"
#include "deliver/config.h"
#include "deliver/deliver.h"
#include "deliver/run.h"
#include "deliver/sandbox.h"
#include "logs/log.h"
#include "owner/directories.h"
#include "sandbox/sandbox.h"

namespace deliver {

namespace asio = boost::asio;

int run(process::Inheritance given) {
    asio::io_context context(1);
    const clocks::SystemClock clock;
    auto config = config::load<Config>(given.config);
    const std::string name = "deliver/" + std::to_string(given.index);
    logs::Log log(clock, site::log_options(config.log, name), {std::move(given.log), std::move(given.events)},
                  [&] { asio::post(context, [&] { log.flush(); }); });
    const auto root = owner::open_root();
    const auto mail_directory = owner::open_mail_directory(given, config.mail_directory);
    static_cast<void>(::getpwnam("root"));  // so that the name service has loaded its modules
    const auto missing_fences = sandbox::enter(policy(given), given);

    Deliver deliver(context, clock, log, config,
                    {.root = root.get(),
                     .mail_directory = mail_directory.get(),
                     .becomes_owner = given.privileged,
                     .hostname = config.hostname,
                     .drop_directory = site::drop_directory(config)});
    for (const auto role : {process::Role::Directory, process::Role::Qmgr, process::Role::Runner})
        for (auto& peer : given.take_peers(role)) deliver.connect(std::move(peer));

    process::Control control(
        context, std::move(given.control),
        {.on_peer = [&](process::Peer peer) { deliver.connect(std::move(peer)); },
         .on_reload =
             [&](const std::string& text) {
                 config = config::load<Config>(text);
                 log.replace(site::log_options(config.log, name));
                 deliver.configure(config);
             },
         .on_listeners = {},
         .on_log = [&](file::Descriptor lines,
                       file::Descriptor events) { log.replace({std::move(lines), std::move(events)}); },
         .on_stop = [&](std::chrono::milliseconds time) { deliver.stop(time); },
         .on_process = {},
         .on_answer = {}});
    control.ready(missing_fences);
    context.run();
    return 0;
}

}  // namespace deliver
