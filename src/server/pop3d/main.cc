// pop3d: talks POP3 to strangers. It can reach the sockets it was given and nothing else: no files, no new connections,
// no keys, no passwords. directory says who has logged in, reader opens that one mailbox, keyd signs handshakes.

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include "clocks/clock.h"
#include "config/load.h"
#include "net/stop.h"
#include "pop3d/reception.h"
#include "pop3d/run.h"
#include "pop3d/sandbox.h"
#include "sandbox/sandbox.h"
#include "submitter/directory.h"

namespace pop3d {
namespace {

/// Updates in flight are finished, if there is time for it.
net::Task<void> wait_for_the_last(boost::asio::io_context& context, const Reception& reception,
                                  std::chrono::milliseconds time) {
    const auto last_moment = std::chrono::steady_clock::now() + time;
    boost::asio::steady_timer timer(context);
    while (!reception.is_idle() && std::chrono::steady_clock::now() < last_moment) {
        timer.expires_after(std::chrono::milliseconds(20));
        co_await timer.async_wait(boost::asio::use_awaitable);
    }
    context.stop();
}

}  // namespace

int run(process::Inheritance given) {
    boost::asio::io_context context(1);
    const clocks::SystemClock clock;
    auto config = config::load<Config>(given.config);
    const std::string name = "pop3d/" + std::to_string(given.index);
    logs::Log log(clock, site::log_options(config.log, name), {std::move(given.log), std::move(given.events)},
                  [&] { boost::asio::post(context, [&] { log.flush(); }); });
    const auto missing_fences = sandbox::enter(policy(config.limits.connections), given);

    submitter::Directory directory(context);
    Mailroom mailroom(context);
    encryption::Acceptor acceptor(context);
    const auto connect = [&](process::Peer peer) {
        if (peer.role == process::Role::Directory) directory.connect(std::move(peer.socket));
        if (peer.role == process::Role::Reader) mailroom.connect(std::move(peer.socket));
        if (peer.role == process::Role::Keyd) acceptor.connect(std::move(peer.socket));
    };
    for (auto& peer : given.peers) connect(std::move(peer));
    Reception reception(context, directory.logins(), mailroom, acceptor, log);
    const std::size_t siblings = given.siblings;
    reception.configure(std::move(config), siblings);
    reception.listen(std::move(given.listeners));

    process::Control control(
        context, std::move(given.control),
        {.on_peer = connect,
         .on_reload =
             [&](const std::string& text) {
                 auto replacement = config::load<Config>(text);
                 log.replace(site::log_options(replacement.log, name));
                 reception.configure(std::move(replacement), siblings);
             },
         .on_listeners = [&](std::vector<process::Listener> sockets) { reception.listen(std::move(sockets)); },
         .on_log = [&](file::Descriptor lines,
                       file::Descriptor events) { log.replace({std::move(lines), std::move(events)}); },
         .on_stop =
             [&](std::chrono::milliseconds time) {
                 reception.close();
                 net::stop_reading(context);
                 boost::asio::co_spawn(context, wait_for_the_last(context, reception, time), boost::asio::detached);
             },
         .on_process = {},
         .on_answer = {}});
    control.ready(missing_fences);
    context.run();
    return 0;
}

}  // namespace pop3d
