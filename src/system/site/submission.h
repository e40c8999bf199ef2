#pragma once
// [submission]: what people who have logged in may send, and what is mended in their messages (RFC 6409).

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "config/setting.h"

namespace site {

struct Submission {
    std::map<std::string, std::vector<std::string>> senders;
    bool hide_client = false;
    std::chrono::seconds future_release = std::chrono::days(7);
    std::uint32_t messages_per_hour = 500;
    std::uint32_t recipients_per_hour = 5'000;
};

inline auto settings(const Submission*) {
    using config::setting;
    using namespace std::chrono_literals;
    return std::tuple{
        setting(
            "senders", &Submission::senders,
            "In whose names an account may send besides its own, by account: addresses, \"@example.org\" for all of "
            "a domain, \"*\" for everybody. Its own are all addresses and aliases that lead to it. The account "
            "\"*\" stands for all accounts. Others hear 553 5.7.1."),
        setting("hide_client", &Submission::hide_client,
                "Whether the trace field of a submission leaves out where the client is: its address and what it calls "
                "itself. The log has them."),
        setting("future_release", &Submission::future_release,
                "How far ahead somebody may have his message released (FUTURERELEASE, RFC 4865): it is taken, and not "
                "tried before. 0: not at all.",
                {0s, std::chrono::days(365)}),
        setting("messages_per_hour", &Submission::messages_per_hour,
                "Messages that an account may submit in an hour, steadily; more hear 450 4.7.1. 0: no limit.",
                {0, 10'000'000}),
        setting("recipients_per_hour", &Submission::recipients_per_hour,
                "Recipients of these in an hour; more hear 452 4.7.1. 0: no limit.", {0, 100'000'000}),
    };
}

inline constexpr std::string_view submission_meaning =
    "What people who have logged in may send, and in whose names (RFC 6409).";

}  // namespace site
