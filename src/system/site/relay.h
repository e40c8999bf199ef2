#pragma once
// [relay]: who may send through us to others, and how we talk to them.

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "config/setting.h"
#include "config/value.h"
#include "ip/address.h"
#include "site/checks.h"

namespace site {

enum class AddressFamilies : std::uint8_t { Both, V4, V6 };
constexpr auto choices(AddressFamilies) {
    using enum AddressFamilies;
    return std::array<config::Choice<AddressFamilies>, 3>{{{"both", Both}, {"ipv4", V4}, {"ipv6", V6}}};
}

/// How mail is encrypted on its way to another server.
enum class RelayTls : std::uint8_t { Off, Opportunistic, Required, Verified };
constexpr auto choices(RelayTls) {
    using enum RelayTls;
    return std::array<config::Choice<RelayTls>, 4>{
        {{"off", Off}, {"opportunistic", Opportunistic}, {"required", Required}, {"verified", Verified}}};
}

struct Relay {
    std::vector<ip::Network> networks{{ip::v4(0x7f000000), 8}, {*ip::parse_address("::1"), 128}};
    std::uint16_t port = 25;
    AddressFamilies families = AddressFamilies::Both;
    std::optional<ip::Address> bind_ipv4;
    std::optional<ip::Address> bind_ipv6;
    std::vector<ip::Address> own_addresses;
    bool loopback_exchangers = false;
    RelayTls tls = RelayTls::Opportunistic;
    std::string tls_issuers = "/etc/ssl/certs/ca-certificates.crt";
    std::chrono::seconds tls_timeout{60};
    std::uint32_t connections = 500;
    std::uint32_t connections_per_destination = 20;
    std::uint32_t messages_per_connection = 1000;
    std::uint32_t hosts_tried = 5;
    std::chrono::seconds idle_timeout{2};
    std::chrono::seconds connect_timeout{30};
    std::chrono::seconds greeting_timeout{300};
    std::chrono::seconds command_timeout{300};
    std::chrono::seconds data_start_timeout{120};
    std::chrono::seconds data_block_timeout{180};
    std::chrono::seconds data_end_timeout{600};
};

/// What one of so many relay processes may have of a limit on all of them together. qmgr and relay both reckon with it.
constexpr std::uint32_t share_of(std::uint32_t all, std::size_t processes) {
    const auto share = processes > 1 ? all / processes : all;
    return share > 0 ? static_cast<std::uint32_t>(share) : 1;  // none would be a destination without any
}

inline std::string relay_networks_flaw(const std::vector<ip::Network>& networks) {
    for (const ip::Network& network : networks)
        if (network.prefix_length == 0) return "would let everybody on the Internet send spam through this server";
    return {};
}

inline auto settings(const Relay*) {
    using config::setting;
    using namespace std::chrono_literals;
    return std::tuple{
        setting(
            "networks", &Relay::networks,
            "Clients that may send to domains which are not ours, without logging in. Never a network of strangers.",
            relay_networks_flaw),
        setting("port", &Relay::port, "The port mail exchangers are called on.", {1, 65'535}),
        setting("families", &Relay::families, "Which IP versions are used outward."),
        setting("bind_ipv4", &Relay::bind_ipv4, "The address calls go out from; the system's choice where not set."),
        setting("bind_ipv6", &Relay::bind_ipv6, "Likewise for IPv6."),
        setting(
            "own_addresses", &Relay::own_addresses,
            "A mail exchanger with one of these addresses is ourselves, as one with our hostname is: mail for it would "
            "come back (RFC 5321 §5.1). For addresses that are translated on the way to us."),
        setting("loopback_exchangers", &Relay::loopback_exchangers,
                "Whether a mail exchanger may have a loopback address; for laboratories. Otherwise that is ourselves."),
        setting(
            "tls", &Relay::tls,
            "Encryption where a route says nothing else: \"opportunistic\", wherever the server offers it, with any "
            "certificate, and in the clear where that fails; \"required\", or the mail waits; \"verified\", with a "
            "certificate for the server's name, from one of tls_issuers; or \"off\". Whether a server was verified is "
            "written down in any case."),
        setting("tls_issuers", &Relay::tls_issuers,
                "The file with the certificates that are trusted to prove who a server is, in PEM form. Where it does "
                "not exist nobody is verified. Read again with `hermod reload`.",
                absolute_path_or_empty_flaw),
        setting("tls_timeout", &Relay::tls_timeout, "For the handshake of TLS.", {1s, 600s}),
        setting("connections", &Relay::connections, "Connections outward at a time.", {1, 100'000}),
        setting("connections_per_destination", &Relay::connections_per_destination,
                "Of these to one destination: a domain's mail exchangers, or one next hop.", {1, 10'000}),
        setting("messages_per_connection", &Relay::messages_per_connection,
                "Messages handed over in one connection before it is closed.", {1, 1'000'000}),
        setting("hosts_tried", &Relay::hosts_tried,
                "Addresses of a destination tried in one attempt. RFC 5321 §5.1 asks for two at least.", {2, 100}),
        setting("idle_timeout", &Relay::idle_timeout, "How long a connection is kept for the next message.",
                {0s, 300s}),
        setting("connect_timeout", &Relay::connect_timeout, "To establish a connection.", {1s, 600s}),
        setting("greeting_timeout", &Relay::greeting_timeout, "For the greeting (RFC 5321 §4.5.3.2.1: 5 minutes).",
                {1s, 3600s}),
        setting("command_timeout", &Relay::command_timeout,
                "For the reply to EHLO, MAIL and RCPT (RFC 5321 §4.5.3.2.2, §4.5.3.2.3: 5 minutes).", {1s, 3600s}),
        setting("data_start_timeout", &Relay::data_start_timeout,
                "For the reply to DATA (RFC 5321 §4.5.3.2.4: 2 minutes).", {1s, 3600s}),
        setting("data_block_timeout", &Relay::data_block_timeout,
                "For each piece of the message to be taken (RFC 5321 §4.5.3.2.5: 3 minutes).", {1s, 3600s}),
        setting("data_end_timeout", &Relay::data_end_timeout,
                "For the reply after the message (RFC 5321 §4.5.3.2.6: 10 minutes). Shorter means duplicates.",
                {1s, 7200s}),
    };
}

/// Whether mail from this client may go anywhere.
bool may_relay(const Relay& relay, const ip::Address& client);

inline constexpr std::string_view relay_meaning = "Who may send through us to others, and how we talk to them.";

}  // namespace site
