#pragma once
// [pop3]: reading mail.

#include <chrono>
#include <cstdint>
#include <string_view>
#include <tuple>

#include "config/setting.h"

namespace site {

struct Pop3 {
    std::chrono::seconds login_timeout{180};
    std::chrono::seconds idle_timeout{600};
    std::uint32_t sessions = 500;
};

inline auto settings(const Pop3*) {
    using config::setting;
    using namespace std::chrono_literals;
    return std::tuple{
        setting("login_timeout", &Pop3::login_timeout, "To log in, from the beginning of the connection.", {1s, 3600s}),
        setting("idle_timeout", &Pop3::idle_timeout,
                "To wait for the next command of a client that has logged in, and for it to take a reply. Then the "
                "connection ends, and nothing is deleted (RFC 1939 §3: at least 10 minutes).",
                {1s, 24h}),
        setting("sessions", &Pop3::sessions, "Mailboxes open at a time: each has a process of its own.", {1, 100'000}),
    };
}

inline constexpr std::string_view pop3_meaning = "How mail is read by POP3.";

}  // namespace site
