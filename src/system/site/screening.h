#pragma once
// [screening]: what is held against a client before its mail is heard: no reverse name, a name made of its address, DNS
// lists, a sender who could not be answered. Each stage does what its `action` says; policyd(8) asks the DNS.

#include <array>
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

enum class ScreeningAction : std::uint8_t { Off, Record, Score, Defer, Reject };
constexpr auto choices(ScreeningAction) {
    using enum ScreeningAction;
    return std::array<config::Choice<ScreeningAction>, 5>{
        {{"off", Off}, {"record", Record}, {"score", Score}, {"defer", Defer}, {"reject", Reject}}};
}

struct ScreeningStage {
    ScreeningAction action = ScreeningAction::Off;
    double score = 1;  // as SpamAssassin counts: 5 is spam
};

/// [screening.address_in_name]
struct AddressInName : ScreeningStage {
    std::vector<std::string> keywords;
    std::vector<std::string> not_keywords;
    bool countries = true;
};

/// What a list is asked about.
enum class ListedThing : std::uint8_t { Client, Name, Helo, Sender };
constexpr auto choices(ListedThing) {
    using enum ListedThing;
    return std::array<config::Choice<ListedThing>, 4>{
        {{"client", Client}, {"name", Name}, {"helo", Helo}, {"sender", Sender}}};
}

/// [[screening.lists]]
struct ScreeningList : ScreeningStage {
    std::string zone;
    ListedThing of = ListedThing::Client;
    bool allows = false;
    std::vector<std::string> answers;
};

/// Of recipients: [screening.domains."example.org"].
struct ScreeningDomain {
    double reject_at = 0;
};

struct Screening {
    double reject_at = 0;
    std::map<std::string, ScreeningDomain> domains;
    std::vector<ip::Network> exempt_clients;
    std::vector<std::string> exempt_recipients;
    std::chrono::seconds timeout{10};
    ScreeningStage no_name;
    ScreeningStage unresolved_name;
    ScreeningStage unconfirmed_name;
    AddressInName address_in_name;
    ScreeningStage helo_is_ours;
    ScreeningStage helo_is_no_name;
    ScreeningStage sender_domain;
    std::vector<ScreeningList> lists;
};

/// Whether anything is looked for.
bool is_on(const Screening& screening);
/// Whether mail may be refused by it.
bool refuses(const Screening& screening);
/// How a recipient weighs what was found.
struct ScreeningWeight {
    bool is_exempt = false;  // takes mail of everybody: postmaster does (RFC 5321 §4.5.1), and who is named
    double reject_at = 0;    // 0: never
};
/// `domain` in A-labels.
ScreeningWeight weight_for(const Screening& screening, std::string_view local_part, std::string_view domain);

std::string list_zone_flaw(const std::string& zone);
std::string screening_list_flaw(const ScreeningList& list);
std::string screening_lists_flaw(const std::vector<ScreeningList>& lists);
std::string screening_recipients_flaw(const std::vector<std::string>& recipients);
std::string keywords_flaw(const std::vector<std::string>& keywords);

inline auto settings(const ScreeningStage*) {
    using config::setting;
    return std::tuple{
        setting("action", &ScreeningStage::action,
                "What is done with those whom it finds. \"off\": nobody is looked for; \"record\": the log says so; "
                "\"score\": `score` is added up for `reject_at`; \"defer\": 451 at RCPT; \"reject\": 550."),
        setting("score", &ScreeningStage::score,
                "What a finding counts where the action is \"score\", as SpamAssassin counts: 5 is spam, and less than "
                "nothing "
                "speaks for it.",
                {-100, 100}),
    };
}

inline auto settings(const AddressInName*) {
    using config::setting;
    return std::tuple_cat(
        settings(static_cast<const ScreeningStage*>(nullptr)),
        std::tuple{
            setting(
                "keywords", &AddressInName::keywords,
                "Only names that hold one of these as well, in front of the registered domain: \"dsl\"; \"dyn pool\", "
                "where both occur; \".dynamic.example.net\", where the name ends with it. None: the address alone "
                "is enough.",
                keywords_flaw),
            setting("not_keywords", &AddressInName::not_keywords, "Never names that hold one of these: \"static\".",
                    keywords_flaw),
            setting("countries", &AddressInName::countries,
                    "Where there are keywords: below the domain of a country, such as \".de\", none is needed."),
        });
}

inline auto settings(const ScreeningList*) {
    using config::required, config::setting;
    return std::tuple_cat(
        std::tuple{
            required(setting("zone", &ScreeningList::zone, "Its domain: \"list.example.org\".", list_zone_flaw)),
            setting("of", &ScreeningList::of,
                    "What it is asked about: \"client\", its address; \"name\", its reverse name; \"helo\", what it "
                    "calls itself; \"sender\", the domain of the envelope sender."),
            setting("allows", &ScreeningList::allows,
                    "It lists those who may come, whatever else is found; it needs another action than \"off\"."),
            setting("answers", &ScreeningList::answers,
                    "Which of its answers count: \"127.0.0.4\", \"127.0.0.2-127.0.0.11\", \"127.0.0.0/28\"; "
                    "\"127.0.0.0&0.0.0.6\", where one bit of the mask is set. None: all in 127.0.0.0/8 but "
                    "127.255.255.0/24, by which a list refuses to answer. For answers that count differently, name the "
                    "list twice."),
        },
        settings(static_cast<const ScreeningStage*>(nullptr)));
}

inline auto settings(const ScreeningDomain*) {
    return std::tuple{
        config::setting("reject_at", &ScreeningDomain::reject_at,
                        "As screening.reject_at, for recipients of this domain.", {0, 10'000}),
    };
}

inline auto settings(const Screening*) {
    using config::setting;
    using namespace std::chrono_literals;
    return std::tuple{
        setting(
            "reject_at", &Screening::reject_at,
            "Who reaches this score is refused (550 5.7.1). 0: nobody is for his score. What stays below is added to "
            "what is thought of the message when it is complete.",
            {0, 10'000}),
        setting("domains", &Screening::domains,
                "Recipients' domains with another reject_at: [screening.domains.\"example.org\"], and all below a "
                "domain: [screening.domains.\".example.org\"].",
                entry_names_flaw<ScreeningDomain>),
        setting("exempt_clients", &Screening::exempt_clients, "Networks whose clients are not looked at."),
        setting(
            "exempt_recipients", &Screening::exempt_recipients,
            "Recipients who take mail of everybody: \"abuse@example.org\", \"@example.org\" for a domain. postmaster "
            "always does.",
            screening_recipients_flaw),
        setting("timeout", &Screening::timeout,
                "For all questions about one sender together; what is not answered by then is held against nobody.",
                {1s, 60s}),
        setting("no_name", &Screening::no_name, "The client's address has no name (550 or 451 5.7.25)."),
        setting("unresolved_name", &Screening::unresolved_name, "None of its names has an address."),
        setting("unconfirmed_name", &Screening::unconfirmed_name,
                "None of its names leads back to its address (FCrDNS). It includes unresolved_name."),
        setting("address_in_name", &Screening::address_in_name,
                "Its name is made of its address, as providers name their customers' lines: in all spellings that "
                "spamdyke knows, and of IPv6."),
        setting("helo_is_ours", &Screening::helo_is_ours, "It calls itself by our name (hostname)."),
        setting("helo_is_no_name", &Screening::helo_is_no_name,
                "What it calls itself is no name with a dot, and no address in brackets that is its own."),
        setting("sender_domain", &Screening::sender_domain,
                "The sender's domain has neither mail exchangers that have an address nor one itself, or says that it "
                "takes no mail (RFC 7505: 5.7.27)."),
        setting("lists", &Screening::lists,
                "DNS lists (RFC 5782). One that is dead, or lists even what never is to be listed, counts for nothing, "
                "and the log says so.",
                screening_lists_flaw),
    };
}

inline constexpr std::string_view screening_meaning =
    "What is held against clients before their mail is heard. Strangers only: whoever has logged in, or may relay, is "
    "not "
    "looked at. The verdict is held until RCPT. From nothing to something needs a restart, unless policyd runs "
    "already.";

}  // namespace site
