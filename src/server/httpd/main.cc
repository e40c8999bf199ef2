// httpd: answers questions of mail programs and certificate authorities over HTTP. It can reach the sockets it was
// given and nothing else: no files, no new connections, no keys. directory says which domains are ours, acmed what is
// to be shown to an authority, keyd signs handshakes.

#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <optional>

#include "clocks/clock.h"
#include "config/load.h"
#include "httpd/reception.h"
#include "httpd/run.h"
#include "httpd/sandbox.h"
#include "ipc/link.h"
#include "logs/log.h"
#include "submitter/directory.h"

namespace httpd {

int run(process::Inheritance given) {
    using AcmedLink = ipc::Link<FromAcmed, void>;
    boost::asio::io_context context(1);
    const clocks::SystemClock clock;
    const auto config = config::load<Config>(given.config);
    logs::Log log(clock, site::log_options(config.log, "httpd/0"), {std::move(given.log), std::move(given.events)},
                  [&] { boost::asio::post(context, [&] { log.flush(); }); });
    const auto missing_fences = sandbox::enter(policy(), given);

    submitter::Directory directory(context);
    // RFC 5321 §4.5.1: there is a postmaster in every domain of ours, and directory need not know another question.
    Pages pages([&](std::string domain) -> net::Task<Pages::Ours> {
        const auto resolved =
            co_await directory.look_up({.ticket = 0, .address = "postmaster@" + domain, .may_relay = false});
        if (resolved.reply.is_positive()) co_return Pages::Ours::Yes;
        co_return resolved.reply.code < 500 ? Pages::Ours::Unknown : Pages::Ours::No;
    });
    encryption::Acceptor acceptor(context);
    std::optional<AcmedLink> acmed;
    const auto connect = [&](process::Peer peer) {
        if (peer.role == process::Role::Directory) directory.connect(std::move(peer.socket));
        if (peer.role == process::Role::Keyd) acceptor.connect(std::move(peer.socket));
        if (peer.role != process::Role::Acmed) return;
        pages.forget_proofs();
        acmed.emplace(context, std::move(peer.socket),
                      AcmedLink::Handlers{.on_message = [&](FromAcmed message) { pages.take(std::move(message)); },
                                          .on_gone = [&](const std::string&) { acmed.reset(); }});
    };
    for (auto& peer : given.peers) connect(std::move(peer));
    Reception reception(context, pages, acceptor);
    reception.configure(config);
    reception.listen(std::move(given.listeners));

    process::Control control(
        context, std::move(given.control),
        {.on_peer = connect,
         .on_reload =
             [&](const std::string& text) {
                 const auto changed = config::load<Config>(text);
                 log.replace(site::log_options(changed.log, "httpd/0"));
                 reception.configure(changed);
             },
         .on_listeners = [&](std::vector<process::Listener> all) { reception.listen(std::move(all)); },
         .on_log = [&](file::Descriptor lines,
                       file::Descriptor events) { log.replace({std::move(lines), std::move(events)}); },
         .on_stop = [&](std::chrono::milliseconds) { context.stop(); },
         .on_process = {},
         .on_answer = {}});
    control.ready(missing_fences);
    context.run();
    log.flush();
    ::_exit(0);  // visitors' coroutines are not unwound: what they refer to goes before they do
}

}  // namespace httpd
