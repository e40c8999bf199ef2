// reader: opens mailboxes for those who have logged in. This process only matches grants with keys; its workers
// (worker.h) have become the owners, and talk to pop3d themselves. It makes no connections and runs no programs.

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include "clocks/clock.h"
#include "config/load.h"
#include "logs/log.h"
#include "owner/directories.h"
#include "reader/config.h"
#include "reader/reader.h"
#include "reader/run.h"
#include "reader/sandbox.h"
#include "sandbox/sandbox.h"

namespace reader {

namespace asio = boost::asio;

int run(process::Inheritance given) {
    asio::io_context context(1);
    const clocks::SystemClock clock;
    const auto config = config::load<Config>(given.config);
    logs::Log log(clock, site::log_options(config.log, "reader/0"), {std::move(given.log), std::move(given.events)},
                  [&] { asio::post(context, [&] { log.flush(); }); });
    const auto root = owner::open_root();
    const auto mail_directory = owner::open_mail_directory(given, config.mail_directory);
    const auto missing_fences = sandbox::enter(policy(given, config.pop3.sessions), given);

    Reader reader(context, clock, log, config,
                  {.root = root.get(), .mail_directory = mail_directory.get(), .becomes_owner = given.privileged});
    for (auto& peer : given.peers) reader.connect(std::move(peer));

    process::Control control(
        context, std::move(given.control),
        {.on_peer = [&](process::Peer peer) { reader.connect(std::move(peer)); },
         .on_reload =
             [&](const std::string& text) {
                 const auto changed = config::load<Config>(text);
                 log.replace(site::log_options(changed.log, "reader/0"));
                 reader.configure(changed);
             },
         .on_listeners = {},
         .on_log = [&](file::Descriptor lines,
                       file::Descriptor events) { log.replace({std::move(lines), std::move(events)}); },
         .on_stop = [&](std::chrono::milliseconds time) { reader.stop(time); },
         .on_process = {},
         .on_answer = {}});
    control.ready(missing_fences);
    context.run();
    return 0;
}

}  // namespace reader
