#pragma once
// [replay]: signatures that come again and again. Who has got one message signed by a large provider can send it to a
// million others, and every copy verifies.

#include <array>
#include <chrono>
#include <cstdint>
#include <string_view>
#include <tuple>

#include "config/setting.h"
#include "config/value.h"

namespace site {

enum class ReplayBehavior : std::uint8_t { Off, Record, Junk };
constexpr auto choices(ReplayBehavior) {
    using enum ReplayBehavior;
    return std::array<config::Choice<ReplayBehavior>, 3>{{{"off", Off}, {"record", Record}, {"junk", Junk}}};
}

struct Replay {
    ReplayBehavior behavior = ReplayBehavior::Off;
    std::uint32_t recipients = 20;
    std::chrono::seconds window{24 * 3600};
    std::uint32_t signatures = 50'000;
};

inline auto settings(const Replay*) {
    using config::setting;
    using namespace std::chrono_literals;
    return std::tuple{
        setting(
            "behavior", &Replay::behavior,
            "What is done with a DKIM signature that has come for too many. \"off\": they are not counted; "
            "\"record\": Authentication-Results and the log tell; \"junk\": such mail goes to the junk folder, too. "
            "From \"off\" to another needs a restart, unless policyd runs already."),
        setting("recipients", &Replay::recipients,
                "For how many recipients here one signature may come, of those that To and Cc do not name. A quarter "
                "of that where the signature leaves To or Subject open, which then may say anything.",
                {1, 1000}),
        setting("window", &Replay::window, "How long a signature is remembered.", {60s, 30 * 24h}),
        setting("signatures", &Replay::signatures,
                "How many are remembered at a time; the oldest are forgotten for new ones.", {1000, 1'000'000}),
    };
}

inline constexpr std::string_view replay_meaning = "Messages that are sent again and again under one DKIM signature.";

}  // namespace site
