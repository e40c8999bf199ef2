#pragma once
// [passwords]: what it costs to check one, for us and for whoever would guess it.

#include <cstdint>
#include <string_view>
#include <tuple>

#include "config/setting.h"

namespace site {

struct Passwords {
    std::uint64_t memory = std::uint64_t{19} << 20;
    std::uint32_t passes = 2;
    std::uint32_t scram_iterations = 10'000;
};

inline auto settings(const Passwords*) {
    using config::octets, config::setting;
    return std::tuple{
        octets("memory", &Passwords::memory,
               "Memory that the hash of a new password takes (argon2id, RFC 9106), and each check of it.",
               {std::uint64_t{8} << 20, std::uint64_t{1} << 30}),
        setting("passes", &Passwords::passes, "How often argon2id goes over it.", {1, 64}),
        setting("scram_iterations", &Passwords::scram_iterations,
                "What the keys for SCRAM cost (RFC 7677 asks for 4096 at least): the client pays it at every login.",
                {4096, 1'000'000}),
    };
}

inline constexpr std::string_view passwords_meaning =
    "What new passwords of accounts are made into. Existing ones stay as they are until they are set again.";

}  // namespace site
