#pragma once
// [policy]: what all checks of policyd have in common: in whose name their results are written down, how long they may
// take, and what happens when nobody answers.

#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>

#include "config/setting.h"
#include "site/checks.h"

namespace site {

enum class WithoutPolicyd : std::uint8_t { Defer, Accept };
constexpr auto choices(WithoutPolicyd) {
    using enum WithoutPolicyd;
    return std::array<config::Choice<WithoutPolicyd>, 2>{{{"defer", Defer}, {"accept", Accept}}};
}

struct Policy {
    std::string authserv_id;
    std::chrono::seconds timeout{5};
    std::uint32_t zone_questions = 200;
    WithoutPolicyd unavailable = WithoutPolicyd::Defer;
};

inline auto settings(const Policy*) {
    using config::setting;
    using namespace std::chrono_literals;
    return std::tuple{
        setting("authserv_id", &Policy::authserv_id,
                "Who we are in Authentication-Results (RFC 8601 §2.5), and whose forged ones are removed from mail of "
                "strangers. All exchangers of a domain may have one name in common. Empty: hostname.",
                host_name_flaw),
        setting("timeout", &Policy::timeout,
                "For all questions to the DNS about one complete message together; what is not answered by then counts "
                "as not answered (temperror), never as a pass.",
                {1s, 300s}),
        setting("zone_questions", &Policy::zone_questions,
                "To how many questions a second, beyond what is known already, records of strangers may lead about one "
                "registered domain, by the name that is asked for, so that mail sent to us is no attack on it; 64 are "
                "under way at a time. What "
                "exceeds that counts as not answered (temperror).",
                {1, 1'000'000}),
        setting("unavailable", &Policy::unavailable,
                "When policyd does not answer, or has too much to do, about mail of strangers: \"defer\", it has to "
                "wait (451), since a check "
                "that can be dodged by making its process fail is none; or \"accept\", without a result, and the log "
                "says so. It counts only where something of policyd is switched on that may refuse mail or put fields "
                "on it."),
    };
}

inline constexpr std::string_view policy_meaning = "What all checks of where mail comes from have in common.";

}  // namespace site
