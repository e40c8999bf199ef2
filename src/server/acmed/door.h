#pragma once
// Where the authority looks: connections to the addresses of acme.listen. Anybody may come; there is nothing here but
// what Proofs has at the moment.

#include <boost/asio/io_context.hpp>
#include <memory>
#include <vector>

#include "acme/resources.h"
#include "acmed/proofs.h"
#include "net/listener.h"
#include "process/process.h"

namespace acmed {

class Door {
public:
    static constexpr std::size_t most_visitors = 100;

    /// Both outlive it.
    Door(boost::asio::io_context& context, const Proofs& proofs) : context_(context), proofs_(proofs) {}

    /// In place of all listeners so far.
    void open(std::vector<process::Listener> listeners);
    /// What is spoken from now on.
    void speak(acme::ChallengeType type) { type_ = type; }

private:
    net::Task<void> serve(net::SocketStream& visitor);
    net::Task<void> serve_file(net::Stream& visitor);

    boost::asio::io_context& context_;
    const Proofs& proofs_;
    acme::ChallengeType type_ = acme::ChallengeType::Http01;
    std::shared_ptr<net::Occupancy> occupancy_ =
        std::make_shared<net::Occupancy>(net::Occupancy{.most = most_visitors});
    std::vector<std::unique_ptr<net::Listener>> listeners_;
};

}  // namespace acmed
