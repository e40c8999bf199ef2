// smtpd: talks SMTP and LMTP to strangers. It can reach the sockets it was given and nothing else: no files, no new
// connections, no keys, no mailboxes. directory answers who exists, qmgr takes the messages, keyd signs handshakes,
// policyd says what is to be thought of a sender and of a message.

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include "net/stop.h"
#include "sandbox/sandbox.h"
#include "smtpd/reception.h"
#include "smtpd/run.h"
#include "smtpd/sandbox.h"
#include "submitter/configuration.h"
#include "submitter/connect.h"

namespace smtpd {
namespace {

/// Replies in flight are finished, if there is time for it.
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
    const bool has_policyd = given.has(process::Role::Policyd);
    auto config = submitter::load<Config>(given.config, has_policyd);
    const std::string name = "smtpd/" + std::to_string(given.index);
    logs::Log log(
        clock,
        site::log_options(config.log, name, {.hostname = config.hostname, .connections = config.limits.connections}),
        {std::move(given.log), std::move(given.events)}, [&] { boost::asio::post(context, [&] { log.flush(); }); });
    const auto missing_fences = sandbox::enter(policy(config.limits.connections), given);

    submitter::Directory directory(context);
    submitter::Queue queue(context);
    submitter::Opinions opinions(context);
    encryption::Acceptor acceptor(context);
    const auto connect = [&](process::Peer peer) {
        if (peer.role == process::Role::Keyd) return acceptor.connect(std::move(peer.socket));
        submitter::connect(std::move(peer), directory, queue, opinions);
    };
    for (auto& peer : given.peers) connect(std::move(peer));
    Reception reception(context, directory, queue, opinions, acceptor, log, clock);
    const std::size_t siblings = given.siblings;
    reception.configure(std::move(config), siblings);
    reception.listen(std::move(given.listeners));
    directory.on_bars([&](const Bars& bars) { reception.bar(bars); });

    process::Control control(
        context, std::move(given.control),
        {.on_peer = connect,
         .on_reload =
             [&](const std::string& text) {
                 auto replacement = submitter::load<Config>(text, has_policyd);
                 log.replace(site::log_options(
                     replacement.log, name,
                     {.hostname = replacement.hostname, .connections = replacement.limits.connections}));
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

}  // namespace smtpd
