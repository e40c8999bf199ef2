#pragma once
// [loops]: what happens to mail that goes in circles.

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <tuple>

#include "config/node.h"
#include "config/setting.h"
#include "site/checks.h"

namespace site {

enum class LoopPolicy : std::uint8_t { Bounce, Discard, Hold, Deliver };
constexpr auto choices(LoopPolicy) {
    using enum LoopPolicy;
    return std::array<config::Choice<LoopPolicy>, 4>{
        {{"bounce", Bounce}, {"discard", Discard}, {"hold", Hold}, {"deliver", Deliver}}};
}

/// For one address: what was asked for, or where it led.
struct LoopAddress {
    LoopPolicy policy = LoopPolicy::Bounce;
    std::string deliver_to;
};

inline auto settings(const LoopAddress*) {
    using config::setting;
    return std::tuple{
        config::required(setting("policy", &LoopAddress::policy, "As loops.policy, for this address.")),
        setting("deliver_to", &LoopAddress::deliver_to, "As loops.deliver_to, for this address.",
                recipient_or_empty_flaw),
    };
}

inline std::string loop_addresses_flaw(const std::map<std::string, LoopAddress>& addresses) {
    for (const auto& [address, rule] : addresses)
        if (!address.contains('@') || !recipient_or_empty_flaw(address).empty())
            return config::toml_string(address) + " is no address";
    return {};
}

struct Loops {
    LoopPolicy policy = LoopPolicy::Bounce;
    std::uint32_t max_hops = 100;
    std::string deliver_to;
    std::uint32_t remembered = 50'000;
    std::map<std::string, LoopAddress> addresses;
};

inline auto settings(const Loops*) {
    using config::setting;
    return std::tuple{
        setting(
            "policy", &Loops::policy,
            "What to do with a message that loops: refuse or return it (\"bounce\"), take it and throw it away "
            "(\"discard\"), keep it in the queue until it is released (\"hold\"), or deliver it into a mailbox here "
            "all "
            "the same (\"deliver\"): that of deliver_to, else its own, whatever the owner's instructions say; what has "
            "none is returned. All of them are logged."),
        setting("deliver_to", &Loops::deliver_to,
                "The mailbox in which \"deliver\" ends a circle: a user or an address. Aliases and instructions are "
                "not looked at. Empty: the recipient's own.",
                recipient_or_empty_flaw),
        setting("remembered", &Loops::remembered,
                "How many of the latest messages are remembered: one that comes back through another server for the "
                "same recipients loops, though it left no Delivered-To behind. 0: only max_hops counts.",
                {0, 10'000'000}),
        setting("addresses", &Loops::addresses,
                "Another policy for single addresses: [loops.addresses.\"list@example.org\"]. It counts before the "
                "domain's (domains.loop_policy), and that before loops.policy.",
                loop_addresses_flaw),
        setting("max_hops", &Loops::max_hops,
                "Trace fields (Received, Delivered-To) after which a message is taken to loop. RFC 5321 §6.3 asks for "
                "100 at least.",
                {10, 10'000}),
    };
}

inline constexpr std::string_view loops_meaning = "What happens to mail that goes in circles.";

}  // namespace site
