#pragma once
// What those who speak TLS with clients (smtpd) hear from keyd.

#include <cstdint>
#include <string>
#include <tuple>
#include <variant>
#include <vector>

#include "tls/ticket_keys.h"

namespace encryption {

struct Signed {
    std::uint64_t ticket = 0;
    std::string signature;  // empty: refused, or nobody here has that key
    bool operator==(const Signed&) const = default;
};
constexpr auto fields(const Signed*) { return std::tuple{&Signed::ticket, &Signed::signature}; }

/// From now on: new session tickets are sealed with the first; the others count still. At the start, and when they
/// change.
struct TicketKeys {
    std::vector<tls::TicketKey> keys;
    bool operator==(const TicketKeys&) const = default;
};
constexpr auto fields(const TicketKeys*) { return std::tuple{&TicketKeys::keys}; }

using FromKeyd = std::variant<Signed, TicketKeys>;

}  // namespace encryption
