#pragma once
// [reports]: what we tell domains about mail in their name, and what others tell us about ours. RFC 9990.

#include <chrono>
#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include "config/setting.h"
#include "site/checks.h"

namespace site {

struct Reports {
    bool send = false;
    std::string from;
    std::string organization;
    std::uint32_t hour = 1;
    std::chrono::seconds spread = std::chrono::hours(4);
    std::vector<std::string> receive;
    std::chrono::seconds keep = std::chrono::hours(24 * 400);
};

inline auto settings(const Reports*) {
    using config::setting;
    using namespace std::chrono_literals;
    return std::tuple{
        setting(
            "send", &Reports::send,
            "Whether domains that ask for it (rua= of their DMARC record) are told once a day what became of mail in "
            "their name: how much came from which address, and what SPF, DKIM and DMARC made of it. Needs "
            "dmarc.behavior."),
        setting(
            "from", &Reports::from,
            "Who our reports are from, and whom they name for questions: an address of ours that somebody reads. Their "
            "envelope sender is empty, so nothing comes back there. Empty: postmaster at hostname.",
            address_or_empty_flaw),
        setting("organization", &Reports::organization, "Who we are, in our reports. Empty: hostname."),
        setting("hour", &Reports::hour, "When reports about a day begin to be sent: an hour of the next day, in UTC.",
                {0, 23}),
        setting("spread", &Reports::spread,
                "How long from then until the last report is sent, so that they do not leave all at once.", {0s, 20h}),
        setting(
            "receive", &Reports::receive,
            "Addresses here that our domains' records name in rua=. What comes to them is delivered as usual; and the "
            "reports in it are read, for `hermod reports`. From none to some needs a restart, unless policyd runs "
            "already.",
            addresses_flaw),
        setting("keep", &Reports::keep, "How long the reports of others are kept.", {24h, 24h * 4000}),
    };
}

/// Whether there is anything to write down.
inline bool keeps_reports(const Reports& reports) { return reports.send || !reports.receive.empty(); }

inline constexpr std::string_view reports_meaning =
    "Aggregate reports of DMARC (RFC 9990): sent to others, and those of others read.";

}  // namespace site
