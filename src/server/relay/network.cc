#include "relay/network.h"

#include "net/connect.h"

namespace relay {

net::Task<Connected> Network::connect(Place place, std::chrono::milliseconds timeout) {
    net::Connected connected;
    if (auto* path = std::get_if<std::string>(&place.where)) {
        connected = co_await net::connect_local(context_, std::move(*path), timeout);
    } else {
        const auto& endpoint = std::get<ip::Endpoint>(place.where);
        const auto source = endpoint.address.is_v4() ? config_.relay.bind_ipv4 : config_.relay.bind_ipv6;
        connected = co_await net::connect(context_, endpoint, timeout, source);
    }
    if (!connected) co_return std::unexpected(std::move(connected.error().text));
    co_return std::move(*connected);
}

}  // namespace relay
