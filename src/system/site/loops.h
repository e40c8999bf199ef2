#pragma once
// [loops]: what happens to mail that goes in circles.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>

#include "config/setting.h"

namespace site {

enum class LoopPolicy : std::uint8_t { Bounce, Discard, Hold, Deliver };
constexpr auto choices(LoopPolicy) {
    using enum LoopPolicy;
    return std::array<config::Choice<LoopPolicy>, 4>{
        {{"bounce", Bounce}, {"discard", Discard}, {"hold", Hold}, {"deliver", Deliver}}};
}

struct Loops {
    LoopPolicy policy = LoopPolicy::Bounce;
    std::uint32_t max_hops = 100;
};

inline auto settings(const Loops*) {
    using config::setting;
    return std::tuple{
        setting(
            "policy", &Loops::policy,
            "What to do with a message that loops: refuse or return it (\"bounce\"), take it and throw it away "
            "(\"discard\"), keep it in the queue until it is released (\"hold\"), or deliver it into its mailbox here "
            "all the same (\"deliver\"; what would go on to another server is returned). All of them are logged but "
            "the last."),
        setting("max_hops", &Loops::max_hops,
                "Trace fields (Received, Delivered-To) after which a message is taken to loop. RFC 5321 §6.3 asks for "
                "100 at least.",
                {10, 10'000}),
    };
}

inline constexpr std::string_view loops_meaning = "What happens to mail that goes in circles.";

}  // namespace site
