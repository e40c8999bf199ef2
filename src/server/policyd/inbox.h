#pragma once
// What policyd hears: smtpd's questions about mail before it is taken. Nothing else under server/policyd may be
// included from outside.

#include <cstddef>
#include <cstdint>
#include <string>
#include <tuple>
#include <variant>

#include "ip/address.h"
#include "smtp/reply.h"

namespace policyd {

/// May this client send in this name? Asked at MAIL; exactly one Opinion answers.
struct CheckSender {
    std::uint64_t ticket = 0;
    ip::Address client;
    std::string helo;          // as it was said
    std::string reverse_path;  // without brackets; empty: the null reverse-path
    bool operator==(const CheckSender&) const = default;
};
constexpr auto fields(const CheckSender*) {
    return std::tuple{&CheckSender::ticket, &CheckSender::client, &CheckSender::helo, &CheckSender::reverse_path};
}

using FromSmtpd = std::variant<CheckSender>;

/// Beyond this, what is to be put on a message is left out: the place of the queue id is in its first octets.
constexpr std::size_t longest_trace = 3000;

struct Opinion {
    std::uint64_t ticket = 0;
    smtp::Reply reply;  // positive: take it; else what the client hears, at each RCPT
    std::string trace;  // whole header fields to be put on top of the message, above ours
    bool operator==(const Opinion&) const = default;
};
constexpr auto fields(const Opinion*) { return std::tuple{&Opinion::ticket, &Opinion::reply, &Opinion::trace}; }

}  // namespace policyd
