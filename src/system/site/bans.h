#pragma once
// [bans]: clients that earn it are refused at the door, for a time.

#include <chrono>
#include <cstdint>
#include <string_view>
#include <tuple>
#include <vector>

#include "config/setting.h"
#include "ip/address.h"

namespace site {

struct Bans {
    std::uint32_t unknown_recipients = 50;
    std::uint32_t early_talk = 3;
    bool failed_logins = true;
    std::chrono::seconds window{3600};
    std::chrono::seconds ban{600};
    std::chrono::seconds longest_ban{86'400};
    std::vector<ip::Network> exempt;
};

inline auto settings(const Bans*) {
    using config::setting;
    using namespace std::chrono_literals;
    return std::tuple{
        setting("unknown_recipients", &Bans::unknown_recipients,
                "So many recipients that do not exist, asked for by one client (an IPv4 address or an IPv6 /64) within "
                "`window`, and it is banned: somebody guesses addresses. Each recipient that exists makes good for "
                "one. Each account that has logged in from there "
                "lately allows for as many again. 0: nobody is.",
                {0, 1'000'000}),
        setting("early_talk", &Bans::early_talk,
                "The same for connections in which it spoke before it was greeted (smtp.greeting_pause).",
                {0, 1'000'000}),
        setting(
            "failed_logins", &Bans::failed_logins,
            "Whether clients that [login] bans may not even connect to send mail. Not their neighbours, whom it may "
            "ban as well."),
        setting("window", &Bans::window, "The time in which so many misdeeds, steadily, are allowed.", {10s, 86'400s}),
        setting("ban", &Bans::ban,
                "How long a ban lasts; each that follows within a day twice as long. `hermod ban lift` ends one "
                "before.",
                {1s, 86'400s}),
        setting("longest_ban", &Bans::longest_ban, "And never longer than this.", {1s, 864'000s}),
        setting("exempt", &Bans::exempt,
                "Networks that are never banned. Nor are those in relay.networks, and clients whom a [[client]] rule "
                "allows."),
    };
}

inline constexpr std::string_view bans_meaning =
    "Clients who earn it hear 421 4.7.0 when they connect, for a time. `hermod ban list` shows them.";

}  // namespace site
