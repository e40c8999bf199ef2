#pragma once
// [spam]: what becomes of a message by what its content is thought of. policyd(8) asks the stages that look at it and
// adds up what they say; a point is what it is to SpamAssassin, where five are spam.

#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "config/setting.h"

namespace site {

/// In which form the verdict is written on the message.
enum class SpamHeaders : std::uint8_t { Ours, SpamAssassin, None };
constexpr auto choices(SpamHeaders) {
    using enum SpamHeaders;
    return std::array<config::Choice<SpamHeaders>, 3>{{{"ours", Ours}, {"spamassassin", SpamAssassin}, {"none", None}}};
}

struct Spam {
    double junk_at = 5;
    double reject_at = 0;  // 0: never
    SpamHeaders headers = SpamHeaders::Ours;
    std::chrono::seconds timeout{60};
};

inline auto settings(const Spam*) {
    using config::setting;
    using namespace std::chrono_literals;
    return std::tuple{
        setting("junk_at", &Spam::junk_at,
                "From so many points on a message is spam: it goes to the folder for junk, where a mailbox has one. "
                "Points are "
                "those of all that looks at the content, in the measure of SpamAssassin.",
                {0.1, 1000}),
        setting("reject_at", &Spam::reject_at,
                "From so many points on it is refused at the end of DATA (550 5.7.1). 0: never for points alone.",
                {0, 1000}),
        setting("headers", &Spam::headers,
                "How the verdict is written on a message: \"ours\", X-Hermod-Spam; \"spamassassin\", X-Spam-Flag (only "
                "where it "
                "is spam), X-Spam-Score, X-Spam-Level and X-Spam-Status; or \"none\". Fields of these names that a "
                "stranger's "
                "message brings along are removed. X-Hermod-Unscanned, which names what could not look at it, is "
                "written in any case."),
        setting("timeout", &Spam::timeout,
                "For all that looks at the content of one message together. What has not answered by then could not "
                "look at "
                "it: see scanner.unavailable.",
                {1s, 300s}),
    };
}

inline constexpr std::string_view unscanned_field = "X-Hermod-Unscanned";

/// The fields that are ours to write, and nobody else's.
std::vector<std::string> fields_of(SpamHeaders headers);

inline constexpr std::string_view spam_meaning =
    "What becomes of messages whose content looks like spam, to [[scanner]] and to whatever else looks at it.";

}  // namespace site
