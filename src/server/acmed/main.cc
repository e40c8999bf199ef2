// acmed: gets certificates from an authority and renews them. It connects out, answers the authority's questions on the
// addresses it was given, and writes its own folder; the keys it makes are wiped once they are there.

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <optional>

#include "acmed/door.h"
#include "acmed/keeper.h"
#include "acmed/run.h"
#include "acmed/sandbox.h"
#include "config/load.h"
#include "httpd/inbox.h"
#include "ipc/link.h"
#include "logs/give_up.h"
#include "logs/log.h"
#include "net/stop.h"
#include "resolver/open.h"
#include "sandbox/sandbox.h"

namespace acmed {

namespace asio = boost::asio;

int run(process::Inheritance given) {
    using AdmindLink = ipc::Link<FromAdmind, admind::FromAcmed>;
    asio::io_context context(1);
    const clocks::SystemClock clock;
    const auto config = config::load<Config>(given.config);
    logs::Log log(clock, site::log_options(config.log, "acmed/0"), {std::move(given.log), std::move(given.events)},
                  [&] { asio::post(context, [&] { log.flush(); }); });
    const auto issuers = tls::Client::trusting_file(config.acme.ca_file);
    if (!issuers) return logs::give_up(log, issuers.error());
    const auto resolver = resolver::open(context, config.dns);
    if (!resolver) return logs::give_up(log, resolver.error());
    const auto missing_fences = sandbox::enter(policy(), given);

    const certificates::Folder folder(given.take_directory(process::Directory::Purpose::State));
    std::optional<ipc::Channel> pages;
    const auto tell_httpd = [&](const auto& message) {
        if (!pages) return;
        ipc::encode<httpd::FromAcmed>(message, pages->begin());
        pages->end();
    };
    Proofs proofs(
        {.show = [&](const auto& token, const auto& content) { tell_httpd(httpd::ShowProof{token, content}); },
         .hide = [&] { tell_httpd(httpd::HideProofs{}); }});
    Door door(context, proofs);
    Hooks hooks(context);
    https::Requester requester(context, **resolver, *issuers);
    Web web(requester);
    Business business(context, web, proofs, hooks);
    std::optional<AdmindLink> admind;
    std::optional<process::Control> control;
    Keeper keeper({.context = context,
                   .clock = clock,
                   .log = log,
                   .folder = folder,
                   .business = business,
                   .take_into_use = [&] { control->request_reload(/*ticket=*/0); },
                   .to_admind =
                       [&](const admind::FromAcmed& message) {
                           if (admind) std::visit([&](const auto& one) { admind->send(one); }, message);
                       }},
                  config);
    const auto connect = [&](process::Peer peer) {
        if (peer.role == process::Role::Runner) hooks.connect(std::move(peer.socket));
        if (peer.role == process::Role::Httpd) {
            pages.emplace(context, std::move(peer.socket),
                          ipc::Channel::Handlers{
                              // it says nothing
                              .on_frame = [](std::string_view, std::deque<file::Descriptor>&) { return false; },
                              .on_gone = [&](const std::string&) { pages.reset(); }});
            proofs.show_again();
        }
        if (peer.role == process::Role::Admind)
            admind.emplace(
                context, std::move(peer.socket),
                AdmindLink::Handlers{.on_message = [&](FromAdmind order) { keeper.take(std::get<Order>(order)); },
                                     .on_gone = [&](const std::string&) { admind.reset(); }});
    };
    for (auto& peer : given.peers) connect(std::move(peer));
    door.speak(config.acme.challenge);
    door.open(std::move(given.listeners));

    control.emplace(context, std::move(given.control),
                    process::Control::Handlers{
                        .on_peer = connect,
                        .on_reload =
                            [&](const std::string& text) {
                                const auto changed = config::load<Config>(text);
                                log.replace(site::log_options(changed.log, "acmed/0"));
                                door.speak(changed.acme.challenge);
                                keeper.replace(changed);
                            },
                        .on_listeners = [&](std::vector<process::Listener> all) { door.open(std::move(all)); },
                        .on_log = [&](file::Descriptor lines,
                                      file::Descriptor events) { log.replace({std::move(lines), std::move(events)}); },
                        .on_stop = [&](std::chrono::milliseconds) { context.stop(); },
                        .on_process = {},
                        .on_answer = {}});
    control->ready(missing_fences);
    keeper.begin();
    context.run();
    return 0;
}

}  // namespace acmed
