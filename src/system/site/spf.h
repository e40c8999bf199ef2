#pragma once
// [spf]: whether a client may send in the name it gives, and what becomes of its mail. RFC 7208; the grades, the rules
// and the guess are those of the SPF patch for qmail, by the same numbers.
//
// policyd(8) is the one that asks the DNS and decides; smtpd asks it, where asks_about_senders() says so.

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "config/setting.h"
#include "config/value.h"
#include "ip/address.h"
#include "site/by_domain.h"

namespace site {

/// Each refuses what those before it refuse, and more.
enum class SpfBehavior : std::uint8_t {
    Off,             // nobody is asked about
    Record,          // the result is written into the message
    Defer,           // where the DNS does not answer, the client is told to come again
    RejectFail,      // the domain says that the client may not send in its name
    RejectSoftFail,  // that it probably may not
    RejectNeutral,   // that it says nothing
    RejectNone,      // it publishes nothing, or what it publishes cannot be understood
};

/// The words of RFC 7372 and ours; or those of the patch.
enum class SpfReplies : std::uint8_t { Standard, Qmail };
constexpr auto choices(SpfReplies) {
    using enum SpfReplies;
    return std::array<config::Choice<SpfReplies>, 2>{{{"standard", Standard}, {"qmail", Qmail}}};
}

/// Of recipients: [spf.domains."example.org"].
struct SpfDomain {
    SpfBehavior behavior = SpfBehavior::Record;
};

struct Spf {
    SpfBehavior behavior = SpfBehavior::Off;
    std::map<std::string, SpfDomain> domains;
    SpfReplies replies = SpfReplies::Standard;
    bool helo = true;
    std::string local_rules;
    std::string guess;
    std::string explanation;
    std::vector<ip::Network> trusted_forwarders;
    std::chrono::seconds timeout{20};
    bool qmail_header = false;
};

/// The grade for recipients of this domain, in A-labels: its own, that of ".example.org" for those below, or that of
/// all.
SpfBehavior behavior_for(const Spf& spf, std::string_view domain);
/// Whether anybody is asked about.
bool is_checked(const Spf& spf);

std::string spf_rules_flaw(const std::string& rules);
std::string spf_explanation_flaw(const std::string& text);

}  // namespace site

template <>
struct config::Text<site::SpfBehavior> {
    static constexpr std::string_view kind =
        "one of \"off\", \"record\", \"defer\", \"reject_fail\", \"reject_softfail\", \"reject_neutral\" and "
        "\"reject_none\", or its number, 0 to 6";
    static constexpr bool takes_integers = true;
    static std::optional<site::SpfBehavior> parse(std::string_view text);
    static std::string write(site::SpfBehavior behavior);
};

namespace site {

inline auto settings(const SpfDomain*) {
    return std::tuple{
        config::setting("behavior", &SpfDomain::behavior, "As spf.behavior, for recipients of this domain."),
    };
}

inline auto settings(const Spf*) {
    using config::setting;
    using namespace std::chrono_literals;
    return std::tuple{
        setting("behavior", &Spf::behavior,
                "What is done with the result, in the grades of qmail's SPF patch; each does what those before it do. "
                "\"off\": nobody is refused by it, and nothing is written, though it is asked where [dmarc] or another "
                "table wants to know; \"record\": the result is written into the message (Received-SPF); "
                "\"defer\": 451 4.7.24 where the DNS does not answer; \"reject_fail\": 550 5.7.23 for a client that "
                "may not send in the name; \"reject_softfail\": for one that probably may not; \"reject_neutral\": "
                "where the domain does not say; \"reject_none\": where it publishes nothing, or nothing that can be "
                "understood (550 5.7.24). Recipients are refused, not the sender. From \"off\" to another needs a "
                "restart, unless policyd runs already."),
        setting("domains", &Spf::domains,
                "Recipients' domains with a grade of their own: [spf.domains.\"example.org\"], and all below a domain: "
                "[spf.domains.\".example.org\"].",
                entry_names_flaw<SpfDomain>),
        setting("replies", &Spf::replies,
                "What a client hears who is refused. \"standard\": with the codes of RFC 7372, which a sender's server "
                "may understand; \"qmail\": in the words of the patch, for those who read its logs: 451 at MAIL where "
                "the DNS does not answer, else the explanation and (#5.7.1), whatever the result."),
        setting("helo", &Spf::helo,
                "Whether the name in HELO is asked about, too (RFC 7208 §2.3). Of it only that the client may not "
                "call itself so counts; the sender's domain decides the rest."),
        setting(
            "local_rules", &Spf::local_rules,
            "Mechanisms of ours, such as \"include:forwarders.example.org\", tried before a record would not let "
            "the client pass: the patch's spfrules. They count for this table alone: what they let pass is no proof "
            "for DMARC or the list of senders.",
            spf_rules_flaw),
        setting(
            "guess", &Spf::guess,
            "Mechanisms for domains that exist and publish nothing, such as \"a/24 mx/24 ptr\": spfguess. It counts "
            "as local_rules do.",
            spf_rules_flaw),
        setting("explanation", &Spf::explanation,
                "What is said where a client may not send and the domain explains nothing, with macros (RFC 7208 §7): "
                "spfexp. Of several lines, each is one of the reply. Empty: words of ours.",
                spf_explanation_flaw),
        setting("trusted_forwarders", &Spf::trusted_forwarders,
                "Clients that bring mail of others as it was sent, and are not asked about: backup exchangers, "
                "forwarding services of our users."),
        setting("timeout", &Spf::timeout,
                "For all questions about one message together, and for the last of them again; what is not answered "
                "by then counts as not answered (RFC 7208 §4.6.4: at least 20 seconds).",
                {1s, 300s}),
        setting("qmail_header", &Spf::qmail_header,
                "Received-SPF as the patch writes it, for programs that were made for that."),
    };
}

inline constexpr std::string_view spf_meaning = "Whether clients may send in the names they give (SPF, RFC 7208).";

}  // namespace site
