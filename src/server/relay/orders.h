#pragma once
// The way to qmgr, as long as there is one: its orders in, outcomes out.

#include <boost/asio/steady_timer.hpp>
#include <optional>

#include "ipc/link.h"
#include "relay/relay.h"

namespace relay {

class Orders {
public:
    Orders(boost::asio::io_context& context, Relay& relay) : context_(context), relay_(relay), clock_(context) {}

    /// A qmgr, the first or the successor of one that died; the successor may be here before the end of the other is
    /// noticed, and orders everything anew.
    void connect(file::Descriptor socket);
    void report(const qmgr::AttemptDone& done) {
        if (link_) link_->send(done);
    }
    /// Whether everything reported has left this process.
    bool is_heard() const { return !link_ || link_->unsent() == 0; }

private:
    using Link = ipc::Link<FromQmgr, qmgr::FromRelay>;

    void take(FromQmgr message);
    void lose_qmgr();
    net::Task<void> tick();

    boost::asio::io_context& context_;
    Relay& relay_;
    boost::asio::steady_timer clock_;
    bool is_ticking_ = false;
    std::optional<Link> link_;
};

}  // namespace relay
