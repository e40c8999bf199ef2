#pragma once
// [reflector]: addresses that answer with what we saw of a message.

#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include "config/setting.h"
#include "site/checks.h"

namespace site {

struct Reflector {
    std::vector<std::string> address;
    std::uint32_t per_sender = 10;
    std::uint32_t per_client = 60;
    std::uint64_t original = 64 * 1024;
};

inline auto settings(const Reflector*) {
    using config::setting;
    return std::tuple{
        setting(
            "address", &Reflector::address,
            "Addresses such as \"check@example.org\": whoever writes there is answered with how his message came, what "
            "SPF, DKIM, ARC and DMARC made of it and why. One that is nobody's mailbox and no alias exists by standing "
            "here, and its mail is thrown away once it is accepted; one that exists is delivered as usual, too. Of "
            "strangers only (our own people are refused there: 550 5.7.1), and never of programs. From none to some "
            "needs "
            "a restart, unless policyd runs already.",
            addresses_flaw),
        setting("per_sender", &Reflector::per_sender, "Answers to one address in an hour.", {1, 1000}),
        setting("per_client", &Reflector::per_client,
                "Answers in an hour to messages from one address of the network (IPv6: from one /64).", {1, 100'000}),
        config::octets(
            "original", &Reflector::original,
            "Up to which length the answer brings the whole message back; of a longer one its header, and likewise "
            "where neither SPF nor DMARC passes for the envelope sender's domain.",
            {0, 10 << 20}),
    };
}

inline constexpr std::string_view reflector_meaning = "Addresses that answer with what we saw of a message.";

}  // namespace site
