#pragma once
// The queue's peers as they really are: processes at the other end of a socket.

#include <boost/asio/io_context.hpp>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "ipc/link.h"
#include "process/process.h"
#include "qmgr/peers.h"
#include "qmgr/queue.h"

namespace qmgr {

class Wiring final : public Peers {
public:
    /// `after` is called when the queue was told something: its deadline may be another.
    Wiring(boost::asio::io_context& context, std::function<void()> after,
           std::function<void(Peer, std::string)> on_lost)
        : context_(context), after_(std::move(after)), on_lost_(std::move(on_lost)) {}

    void use(Queue& queue) { queue_ = &queue; }
    /// In place of an earlier process of the same role and index.
    void connect(process::Peer peer);
    /// Octets that nobody has read yet.
    std::size_t unsent() const;

    void send(Peer peer, const smtpd::Committed& message) override { send_by(submitters_, peer, message); }
    void send(Peer peer, const smtpd::Refused& message) override { send_by(submitters_, peer, message); }
    void send(Peer peer, const smtpd::BlobOpened& message) override { send_by(submitters_, peer, message); }
    void send(Peer peer, const relay::Attempt& message) override { send_by(relays_, peer, message); }
    void send(Peer peer, const relay::Connections& message) override { send_by(relays_, peer, message); }
    void send(Peer peer, const deliver::Attempt& message) override { send_by(delivers_, peer, message); }
    void send(Peer peer, const directory::LookUp& message) override { send_by(directories_, peer, message); }
    void send(Peer peer, const admind::Listed& message) override { send_by(adminds_, peer, message); }
    void send(Peer peer, const admind::Acted& message) override { send_by(adminds_, peer, message); }
    void send(Peer peer, const admind::Content& message) override { send_by(adminds_, peer, message); }
    void send(Peer peer, const admind::Totals& message) override { send_by(adminds_, peer, message); }

private:
    template <typename Incoming, typename Outgoing>
    using Links = std::map<Peer, std::unique_ptr<ipc::Link<Incoming, Outgoing>>>;

    template <typename L, typename M>
    static void send_by(L& links, Peer peer, const M& message) {
        if (const auto found = links.find(peer); found != links.end()) found->second->send(message);
    }
    template <typename Incoming, typename Outgoing>
    void connect_to(Links<Incoming, Outgoing>& links, Peer peer, file::Descriptor socket);

    boost::asio::io_context& context_;
    std::function<void()> after_;
    std::function<void(Peer, std::string)> on_lost_;
    Queue* queue_ = nullptr;
    Links<FromSmtpd, smtpd::FromQmgr> submitters_;
    Links<FromRelay, relay::FromQmgr> relays_;
    Links<FromDeliver, deliver::FromQmgr> delivers_;
    Links<smtpd::FromDirectory, directory::FromSmtpd> directories_;
    Links<FromAdmind, admind::FromQmgr> adminds_;
};

}  // namespace qmgr
