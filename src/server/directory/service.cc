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
    logins_.forget(name);  // its predecessor's clients are gone
    link = std::make_unique<Asker>(
        context_, std::move(socket),
        Asker::Handlers{
            .on_message = [this, name, &link](FromSmtpd message) { answer(name, *link, std::move(message)); },
            .on_gone = [this, name](const std::string& why) { lost(name, why); }});
    link->hold_back_at(most_unread);
}

void Service::answer(Name name, Asker& asker, FromSmtpd message) {
    if (const auto* asked = std::get_if<LookUp>(&message))
        asker.send(resolver_->resolve(*asked));
    else if (name.first == process::Role::Smtpd)  // Hostile: nobody logs in to pickup or qmgr
        answer_login(name, std::move(message));
}

/// Answers come later, when the asker may be gone, or another be in its place.
template <typename M>
void Service::tell(Name name, const M& message) {
    if (const auto found = askers_.find(name); found != askers_.end()) found->second->send(message);
}

void Service::answer_login(Name name, FromSmtpd message) {
    const auto reply = [this, name](const LoginStep& step) { tell(name, step); };
    std::visit(Overloaded{[](LookUp&) {}, [&](BeginLogin& asked) { logins_.begin(name, std::move(asked), reply); },
                          [&](ContinueLogin& said) { logins_.proceed(name, said, reply); },
                          [&](AbandonLogin& left) { logins_.abandon(name, left); },
                          [&](MaySend& asked) { judge_sender(name, std::move(asked)); }},
               message);
}

void Service::judge_sender(Name name, MaySend asked) {
    const auto account = asked.account;
    const auto stamp = asked.stamp;
    logins_.look_at(account, stamp, [this, name, asked = std::move(asked)](Logins::Standing standing) {
        tell(name, SenderVerdict{asked.ticket, sender_reply(asked, standing)});
    });
}

smtp::Reply Service::sender_reply(const MaySend& asked, Logins::Standing standing) {
    if (standing == Logins::Standing::Unknown) return {451, "4.3.0", "Senders cannot be looked up at the moment"};
    if (standing == Logins::Standing::Gone) return {535, "5.7.8", "Your login does not hold any more: log in again"};
    for (const auto& address : asked.addresses)
        if (auto reply = resolver_->may_send(asked.account, address); !reply.is_positive()) return reply;
    const auto now = clock_.steady();
    return asked.recipients > 0 ? allowance_.take(asked.account, asked.recipients, now)
                                : allowance_.look(asked.account, now);
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
    logins_.forget(name);
    askers_.erase(name);
    finders_.erase(name);
}

}  // namespace directory
