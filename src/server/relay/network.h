#pragma once
// The real network, behind the seam.

#include <boost/asio/io_context.hpp>

#include "relay/connect.h"

namespace relay {

class Network final : public Connector {
public:
    /// `config` says which of our addresses to use (bind_ipv4, bind_ipv6); it may change.
    Network(boost::asio::io_context& context, const Config& config) : context_(context), config_(config) {}
    net::Task<Connected> connect(Place place, std::chrono::milliseconds timeout) override;

private:
    boost::asio::io_context& context_;
    const Config& config_;
};

}  // namespace relay
