#include "qmgr/wiring.h"

namespace qmgr {
namespace {

constexpr std::size_t most_unread = 1024 * 1024;  // answers that wait for one who asks

/// relay and deliver ask nothing: they get as much as settings allow, and must be heard to get rid of it.
bool asks(process::Role role) {
    return role == process::Role::Smtpd || role == process::Role::Pickup || role == process::Role::Policyd ||
           role == process::Role::Admind;
}

template <typename M>
void tell(Queue& queue, Peer peer, M& message) {
    if constexpr (std::same_as<M, directory::Resolved>)
        queue.on(message);
    else if constexpr (std::same_as<M, directory::LoginStep> || std::same_as<M, directory::SenderVerdict> ||
                       std::same_as<M, smtpd::Bars>)
        static_cast<void>(message);  // Hostile: nobody logs in here, nor comes in
    else
        queue.on(peer, std::move(message));
}

}  // namespace

template <typename Incoming, typename Outgoing>
void Wiring::connect_to(Links<Incoming, Outgoing>& links, Peer peer, file::Descriptor socket) {
    if (links.erase(peer) > 0) queue_->peer_gone(peer);  // its successor may come before its end is seen
    using Link = ipc::Link<Incoming, Outgoing>;
    links[peer] = std::make_unique<Link>(
        context_, std::move(socket),
        typename Link::Handlers{.on_message =
                                    [this, peer](Incoming message) {
                                        std::visit([&](auto& each) { tell(*queue_, peer, each); }, message);
                                        after_();
                                    },
                                .on_gone =
                                    [this, peer, &links](const std::string& why) {
                                        links.erase(peer);
                                        on_lost_(peer, why);
                                        queue_->peer_gone(peer);
                                        after_();
                                    }});
    if (asks(peer.role)) links[peer]->hold_back_at(most_unread);
    queue_->peer_new(peer);
    after_();
}

void Wiring::connect(process::Peer peer) {
    const Peer name{peer.role, peer.index};
    switch (peer.role) {
        case process::Role::Smtpd:
        case process::Role::Policyd:
        case process::Role::Pickup: return connect_to(submitters_, name, std::move(peer.socket));
        case process::Role::Relay: return connect_to(relays_, name, std::move(peer.socket));
        case process::Role::Deliver: return connect_to(delivers_, name, std::move(peer.socket));
        case process::Role::Directory: return connect_to(directories_, name, std::move(peer.socket));
        case process::Role::Admind: return connect_to(adminds_, name, std::move(peer.socket));
        case process::Role::Keyd:
        case process::Role::Runner:
        case process::Role::Pop3d:
        case process::Role::Reader:
        case process::Role::Acmed:
        case process::Role::Authd:
        case process::Role::Httpd:
        case process::Role::Tokend:
        case process::Role::Master:
        case process::Role::Qmgr: break;
    }
}

std::size_t Wiring::unsent() const {
    std::size_t octets = 0;
    const auto add = [&](const auto& links) {
        for (const auto& [peer, link] : links) octets += link->unsent();
    };
    add(submitters_);
    add(adminds_);
    return octets;
}

}  // namespace qmgr
