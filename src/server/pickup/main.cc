// pickup: takes in the messages that local programs left in the drop directory through sendmail. It sees that directory
// and nothing else of the filesystem, and has no network.

#include <fcntl.h>
#include <fmt/format.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "clocks/clock.h"
#include "logs/log.h"
#include "pickup/config.h"
#include "pickup/rounds.h"
#include "pickup/run.h"
#include "pickup/sandbox.h"
#include "sandbox/sandbox.h"
#include "submitter/configuration.h"
#include "submitter/connect.h"

namespace pickup {

namespace asio = boost::asio;

namespace {

net::Task<void> wait_for_the_last(asio::io_context& context, const Rounds& rounds, std::chrono::milliseconds time) {
    const auto last_moment = std::chrono::steady_clock::now() + time;
    asio::steady_timer timer(context);
    while (!rounds.is_idle() && std::chrono::steady_clock::now() < last_moment) {
        timer.expires_after(std::chrono::milliseconds(20));
        co_await timer.async_wait(asio::use_awaitable);
    }
    context.stop();
}

}  // namespace

int run(process::Inheritance given) {
    asio::io_context context(1);
    const clocks::SystemClock clock;
    const bool has_policyd = given.has(process::Role::Policyd);
    const auto config = submitter::load<Config>(given.config, has_policyd);
    const std::string name = "pickup/" + std::to_string(given.index);
    logs::Log log(clock, site::log_options(config.log, name), {std::move(given.log), std::move(given.events)},
                  [&] { asio::post(context, [&] { log.flush(); }); });
    auto watch = DropFolder::watch(site::drop_directory(config));
    if (!watch)
        log.event(logs::Event::Warning, {{"reason", "the drop directory cannot be watched; it is read every second"}});
    const auto missing_fences = sandbox::enter(policy(), given);

    submitter::Directory directory(context);
    submitter::Queue queue(context);
    submitter::Opinions opinions(context);
    DropFolder folder(given.take_directory(process::Directory::Purpose::Drop));
    const auto connect = [&](process::Peer peer) { submitter::connect(std::move(peer), directory, queue, opinions); };
    for (auto& peer : given.peers) connect(std::move(peer));
    Around around{directory, queue, opinions, folder, log, clock, config.hostname, config.limits.message_size, config};
    Rounds rounds(context, around, std::move(watch));
    rounds.start();

    process::Control control(
        context, std::move(given.control),
        {.on_peer = connect,
         .on_reload =
             [&](const std::string& text) {
                 const auto changed = submitter::load<Config>(text, has_policyd);
                 log.replace(site::log_options(changed.log, name));
                 around.hostname = changed.hostname;
                 around.message_size = changed.limits.message_size;
                 around.authentication = changed;
             },
         .on_listeners = {},
         .on_log = [&](file::Descriptor lines,
                       file::Descriptor events) { log.replace({std::move(lines), std::move(events)}); },
         .on_stop =
             [&](std::chrono::milliseconds time) {
                 rounds.stop();
                 asio::co_spawn(context, wait_for_the_last(context, rounds, time), asio::detached);
             },
         .on_process = {},
         .on_answer = {}});
    control.ready(missing_fences);
    context.run();
    return 0;
}

}  // namespace pickup
