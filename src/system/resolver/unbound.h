#pragma once
// The resolver of a running server: libunbound on our event loop. It forwards to the administrator's resolver, or asks
// the authoritative servers itself and validates from the root's key down (RFC 4033 to 4035).
//
// Everything it needs from files is an argument, and everything it opens is opened by the constructor, except sockets:
// it works behind a fence that lets nobody open a file.

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ip/address.h"
#include "resolver/resolver.h"

struct ub_ctx;

namespace resolver {

struct Settings {
    std::vector<ip::Endpoint> forward_to{};  // empty: ask the authoritative servers ourselves
    std::string trust_anchors{};  // DS and DNSKEY records in zone-file form, a line each; empty: no validation
    std::chrono::milliseconds deadline{20'000};  // an unreachable server takes libunbound 17 s to give up
    std::size_t most_in_flight = 4096;
    std::size_t cache_octets = 16 * 1024 * 1024;
};

class UnboundResolver final : public Resolver {
public:
    UnboundResolver(boost::asio::io_context& context, const Settings& settings);
    ~UnboundResolver() override;
    UnboundResolver(const UnboundResolver&) = delete;
    UnboundResolver& operator=(const UnboundResolver&) = delete;

    net::Task<dns::Answer> ask(dns::Question question) override;
    std::size_t in_flight() const;

private:
    struct State;
    std::shared_ptr<State> state_;  // shared with the lookups under way, which may be unwound after the resolver
};

}  // namespace resolver
