#include "directory/service.h"

#include <fmt/format.h>

#include "lang/overloaded.h"

namespace directory {
namespace {

constexpr std::size_t most_unread = 1024 * 1024;  // answers that wait for one who asks

}  // namespace

void Service::connect(process::Peer peer) {
    const Name name(peer.role, peer.index);
    if (peer.role == process::Role::Deliver)
        connect_finder(name, std::move(peer.socket));
    else
        connect_asker(name, std::move(peer.socket));
}

void Service::connect_asker(Name name, file::Descriptor socket) {
    auto& link = askers_[name];
    link = std::make_unique<Asker>(
        context_, std::move(socket),
        Asker::Handlers{
            .on_message = [this, name, &link](FromSmtpd message) { answer(name, *link, std::move(message)); },
            .on_gone = [this, name](const std::string& why) { lost(name, why); }});
    link->hold_back_at(most_unread);
}

void Service::answer(Name name, Asker& asker, FromSmtpd message) {
    // Hostile: nobody logs in to pickup or qmgr.
    const bool has_clients = name.first == process::Role::Smtpd;
    std::visit(Overloaded{[&](const LookUp& asked) { asker.send(resolver_->resolve(asked)); },
                          [&](const MaySend& asked) {
                              if (has_clients) asker.send(SenderVerdict{asked.ticket, {553, "5.7.1", "Log in first"}});
                          },
                          [](const AbandonLogin&) {},
                          [&](const auto& of_login) {
                              if (has_clients) asker.send(LoginStep{.ticket = of_login.ticket});
                          }},
               message);
}

void Service::connect_finder(Name name, file::Descriptor socket) {
    auto& link = finders_[name];
    link = std::make_unique<Finder>(
        context_, std::move(socket),
        Finder::Handlers{.on_message =
                             [this, &link](FromDeliver message) {
                                 if (const auto* asked = std::get_if<FindMailbox>(&message))
                                     link->send(resolver_->find(*asked));
                             },
                         .on_gone = [this, name](const std::string& why) { lost(name, why); }});
    link->hold_back_at(most_unread);
}

// master starts another, and brings the link to it.
void Service::lost(Name name, const std::string& why) {
    if (!is_closing_)
        log_.event(logs::Event::PeerLost,
                   {{"peer", fmt::format("{}/{}", process::name(name.first), name.second)}, {"reason", why}});
    askers_.erase(name);
    finders_.erase(name);
}

}  // namespace directory
