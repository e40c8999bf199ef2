#pragma once
// All that is set of where mail comes from and how ours is known: the tables that policyd goes by, and those who ask
// it.

#include <algorithm>
#include <string>
#include <string_view>
#include <tuple>

#include "config/setting.h"
#include "site/arc.h"
#include "site/dkim.h"
#include "site/dmarc.h"
#include "site/host.h"
#include "site/policy.h"
#include "site/reflector.h"
#include "site/replay.h"
#include "site/reports.h"
#include "site/scanner.h"
#include "site/screening.h"
#include "site/senders.h"
#include "site/spam.h"
#include "site/spf.h"

namespace site {

struct Authentication {
    Policy policy;
    Screening screening;
    Spf spf;
    Dkim dkim;
    Arc arc;
    Dmarc dmarc;
    Senders senders;
    Replay replay;
    Spam spam;
    Scanners scanner;
    Reports reports;
    Reflector reflector;
};

inline auto settings(const Authentication*) {
    using config::setting;
    return std::tuple{
        setting("policy", &Authentication::policy, policy_meaning),
        setting("screening", &Authentication::screening, screening_meaning),
        setting("spf", &Authentication::spf, spf_meaning),
        setting("dkim", &Authentication::dkim, dkim_meaning),
        setting("arc", &Authentication::arc, arc_meaning),
        setting("dmarc", &Authentication::dmarc, dmarc_meaning),
        setting("senders", &Authentication::senders, senders_meaning),
        setting("replay", &Authentication::replay, replay_meaning),
        setting("spam", &Authentication::spam, spam_meaning),
        setting("scanner", &Authentication::scanner, scanners_meaning, scanners_flaw),
        setting("reports", &Authentication::reports, reports_meaning),
        setting("reflector", &Authentication::reflector, reflector_meaning),
    };
}

/// In whose name results are written.
inline const std::string& authserv_id(const Policy& policy, const Host& host) {
    return policy.authserv_id.empty() ? host.hostname : policy.authserv_id;
}

/// Whether it is decided what becomes of strangers' messages.
constexpr bool judges_strangers(const Authentication& set) {
    return set.dmarc.behavior != DmarcBehavior::Off || set.senders.behavior != SendersBehavior::Off ||
           set.replay.behavior != ReplayBehavior::Off || !set.arc.seal.empty();
}

/// Whether the content of strangers' messages is looked at.
inline bool scans_strangers(const Authentication& set) { return !set.scanner.empty(); }

/// The same of our own people's.
inline bool scans_our_own(const Authentication& set) {
    return !std::ranges::all_of(set.scanner, scans_strangers_alone);
}

/// Whether complete messages of strangers are looked at: to decide, or to answer them and to read what they bring.
inline bool looks_at_strangers(const Authentication& set) {
    return judges_strangers(set) || scans_strangers(set) || !set.reports.receive.empty() ||
           !set.reflector.address.empty();
}

/// Whether complete messages of our own people are looked at: of relay clients, of whoever has logged in, of programs
/// here.
inline bool looks_at_our_own(const Authentication& set) { return set.dkim.sign || scans_our_own(set); }

/// Whether SPF is asked about the sender of a stranger's mail.
inline bool asks_spf(const Authentication& set) { return is_checked(set.spf) || looks_at_strangers(set); }

/// Whether policyd is asked about a stranger at MAIL.
inline bool asks_about_senders(const Authentication& set) { return asks_spf(set) || is_on(set.screening); }

/// The settings that make a policyd necessary: "spf.behavior, dmarc.behavior". Empty: there is none.
inline std::string what_needs_policyd(const Authentication& set) {
    std::string names;
    const auto add = [&](bool is_set, std::string_view name) {
        if (is_set) names.append(names.empty() ? "" : ", ").append(name);
    };
    add(is_on(set.screening), "screening");
    add(is_checked(set.spf), "spf.behavior");
    add(set.dkim.sign, "dkim.sign");
    add(set.dmarc.behavior != DmarcBehavior::Off, "dmarc.behavior");
    add(set.senders.behavior != SendersBehavior::Off, "senders.behavior");
    add(set.replay.behavior != ReplayBehavior::Off, "replay.behavior");
    add(!set.arc.seal.empty(), "arc.seal");
    add(!set.scanner.empty(), "scanner");
    add(!set.reports.receive.empty(), "reports.receive");
    add(!set.reflector.address.empty(), "reflector.address");
    return names;
}

/// Nothing of it: as long as there is no policyd to ask.
inline void do_without_policyd(Authentication& set) { set = {}; }

}  // namespace site
