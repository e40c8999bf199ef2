#pragma once
// [dmarc]: what becomes of mail whose author's domain does not stand behind it. RFC 9989; policyd(8) finds out.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "config/setting.h"
#include "config/value.h"
#include "ip/address.h"
#include "site/checks.h"

namespace site {

/// Each does what those before it do, and more; none does more than the author's domain asks for.
enum class DmarcBehavior : std::uint8_t {
    Off,         // nothing is verified
    Record,      // the results are written into the message
    Defer,       // where the DNS does not answer about the author's domain, the client is told to come again
    Quarantine,  // what the domain wants quarantined or rejected goes to the junk folder
    Reject,      // what it wants rejected is refused
};
constexpr auto choices(DmarcBehavior) {
    using enum DmarcBehavior;
    return std::array<config::Choice<DmarcBehavior>, 5>{
        {{"off", Off}, {"record", Record}, {"defer", Defer}, {"quarantine", Quarantine}, {"reject", Reject}}};
}

struct Dmarc {
    DmarcBehavior behavior = DmarcBehavior::Off;
    std::vector<ip::Network> trusted_forwarders;
    std::vector<std::string> mailing_lists;
    std::vector<std::string> exceptions;
};

inline auto settings(const Dmarc*) {
    using config::setting;
    return std::tuple{
        setting(
            "behavior", &Dmarc::behavior,
            "What is done with mail of strangers, in grades; each does what those before it do. \"off\": nothing; "
            "\"record\": DKIM, ARC and DMARC are verified, and the results written into the message "
            "(Authentication-Results); \"defer\": 451 4.7.0 where the DNS does not answer about the author's "
            "domain; \"quarantine\": mail that fails goes to the junk folder, where its domain wants it quarantined "
            "or rejected; \"reject\": 550 5.7.26 where it wants it rejected, and 550 5.6.0 for mail whose From "
            "does not name one domain. From \"off\" to another needs a restart, unless policyd runs already."),
        setting("trusted_forwarders", &Dmarc::trusted_forwarders,
                "Clients whose mail is taken though it fails: forwarding services and hosts of mailing lists."),
        setting("mailing_lists", &Dmarc::mailing_lists,
                "Domains of mailing lists whose mail is taken though it fails, as lists change what authors have "
                "signed: where List-Id names the domain or one below it, and SPF or DKIM passes for it.",
                domain_names_flaw),
        setting("exceptions", &Dmarc::exceptions,
                "Domains of authors, with those below them, whose mail is taken though it fails: their results are "
                "only recorded.",
                domain_names_flaw),
    };
}

inline constexpr std::string_view dmarc_meaning =
    "What becomes of mail whose author's domain does not stand behind it (DMARC, RFC 9989).";

}  // namespace site
