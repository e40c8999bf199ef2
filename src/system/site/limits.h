#pragma once
// [limits]: how much one server takes on, and how much of it one client may have.

#include <cstdint>
#include <string_view>
#include <tuple>

#include "config/setting.h"
#include "ipc/frame.h"
#include "smtp/limits.h"

namespace site {

/// A message goes from process to process in one frame, with all its recipients.
constexpr std::uint32_t most_recipients_of_a_message = 10'000;
static_assert(most_recipients_of_a_message * (smtp::longest_path + smtp::longest_original_recipient + 32) <
              ipc::longest_frame / 2);
constexpr std::uint32_t most_of_a_limit = 999'999;  // RFC 9422 §4: six digits

struct Limits {
    std::uint32_t connections = 2000;
    std::uint32_t connections_per_client = 20;
    std::uint32_t connections_per_network = 200;
    std::uint64_t message_size = smtp::default_message_size;
    std::uint32_t recipients = smtp::most_recipients;
    std::uint32_t messages_per_connection = 100'000;
    std::uint32_t errors = smtp::most_errors;
    std::uint32_t junk_commands = smtp::most_junk_commands;
};

inline auto settings(const Limits*) {
    using config::octets, config::setting;
    return std::tuple{
        setting("connections", &Limits::connections,
                "Clients served at a time; the next ones hear 421 4.3.2. Each smtpd takes a quarter more than its "
                "part, and "
                "two.",
                {1, 1'000'000}),
        setting(
            "connections_per_client", &Limits::connections_per_client,
            "Of these from one client: an IPv4 address or an IPv6 /64. More are answered 421 4.7.0. Several smtpd "
            "count "
            "for themselves: each takes a quarter more than its part, and two, so that chance refuses nobody. Together "
            "they may let in as much more: with process.workers = 4, 32 in place of 20. Clients in relay.networks are "
            "exempt.",
            {1, 1'000'000}),
        setting("connections_per_network", &Limits::connections_per_network,
                "Of these from one neighbourhood: an IPv4 /24 or an IPv6 /48. Counted as for one client, with the same "
                "surplus. Clients in relay.networks are exempt.",
                {1, 1'000'000}),
        octets("message_size", &Limits::message_size,
               "The longest message taken, offered as SIZE (RFC 1870). RFC 5321 §4.5.3.1.7 asks for 64 KiB at least.",
               {65'536, std::uint64_t{1} << 40}),
        setting("recipients", &Limits::recipients,
                "Recipients taken in one transaction; more hear 452 4.5.3 and may be sent in the next. RFC 5321 "
                "§4.5.3.1.8 asks for 100 at least.",
                {100, most_recipients_of_a_message}),
        setting("messages_per_connection", &Limits::messages_per_connection,
                "Transactions in one connection, offered as LIMITS MAILMAX (RFC 9422).", {1, most_of_a_limit}),
        setting("errors", &Limits::errors, "Refused commands between two messages before the connection is closed.",
                {1, 10'000}),
        setting("junk_commands", &Limits::junk_commands,
                "Commands that lead nowhere (NOOP, RSET, VRFY, …) between two messages before each counts as an error.",
                {1, 10'000}),
    };
}

inline constexpr std::string_view limits_meaning =
    "How much the server takes on, and how much of it one client may have.";

}  // namespace site
