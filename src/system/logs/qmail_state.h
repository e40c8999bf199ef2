#pragma once
// What the lines of qmail-send and tcpserver say of the moment: how many deliveries and connections are under way.

#include <cstdint>

namespace logs {

/// The figures behind the slash of "status: local 1/10 remote 3/20" and "tcpserver: status: 2/40".
struct QmailLimits {
    std::uint32_t local = 0;
    std::uint32_t remote = 0;
    std::uint32_t connections = 0;
};

struct QmailState {
    std::uint32_t local = 0;
    std::uint32_t remote = 0;
    std::uint32_t connections = 0;
};

}  // namespace logs
