#pragma once
// [senders]: the lists of senders that `hermod sender` keeps, by what can be proved of them.

#include <array>
#include <cstdint>
#include <string_view>
#include <tuple>

#include "config/setting.h"

namespace site {

enum class SendersBehavior : std::uint8_t { Off, Junk, Reject };
constexpr auto choices(SendersBehavior) {
    using enum SendersBehavior;
    return std::array<config::Choice<SendersBehavior>, 3>{{{"off", Off}, {"junk", Junk}, {"reject", Reject}}};
}

struct Senders {
    SendersBehavior behavior = SendersBehavior::Off;
};

inline auto settings(const Senders*) {
    return std::tuple{
        config::setting(
            "behavior", &Senders::behavior,
            "What is done with the lists that hermod-sender(1) keeps. \"off\": they are not looked at; \"junk\": mail "
            "of "
            "senders who are blocked goes to the junk folder; \"reject\": it is refused (550 5.7.1). Mail of senders "
            "who "
            "are allowed is taken, whatever DMARC and [replay] say. From \"off\" to another needs a restart, unless "
            "policyd runs already."),
    };
}

inline constexpr std::string_view senders_meaning = "Senders who are blocked or allowed, by what they prove.";

}  // namespace site
