#pragma once
// [[scanner]]: programs outside of this server that look at the content of messages: clamd, spamd, rspamd, milters.
//
// policyd(8) speaks with them. One that does not answer costs no mail: it waits (451), unless the administrator says
// otherwise.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "config/setting.h"

namespace site {

enum class ScannerKind : std::uint8_t { Clamd, Spamd, Rspamd, Milter };
constexpr auto choices(ScannerKind) {
    using enum ScannerKind;
    return std::array<config::Choice<ScannerKind>, 4>{
        {{"clamd", Clamd}, {"spamd", Spamd}, {"rspamd", Rspamd}, {"milter", Milter}}};
}

/// What becomes of a message that a scanner could not look at.
enum class Unscanned : std::uint8_t { Defer, Accept, Reject };
constexpr auto choices(Unscanned) {
    using enum Unscanned;
    return std::array<config::Choice<Unscanned>, 3>{{{"defer", Defer}, {"accept", Accept}, {"reject", Reject}}};
}

enum class VirusFate : std::uint8_t { Reject, Discard, Junk };
constexpr auto choices(VirusFate) {
    using enum VirusFate;
    return std::array<config::Choice<VirusFate>, 3>{{{"reject", Reject}, {"discard", Discard}, {"junk", Junk}}};
}

/// Whose messages it looks at.
enum class Scanned : std::uint8_t { Usual, Strangers, All };
constexpr auto choices(Scanned) {
    using enum Scanned;
    return std::array<config::Choice<Scanned>, 3>{{{"usual", Usual}, {"strangers", Strangers}, {"all", All}}};
}

struct Scanner {
    std::string name;
    ScannerKind kind = ScannerKind::Clamd;
    std::string address;
    Scanned whose = Scanned::Usual;
    Unscanned unavailable = Unscanned::Defer;
    VirusFate virus = VirusFate::Reject;
    std::string user;
    double weight = 1;
    bool follow_action = true;
    std::uint64_t longest = 0;  // 0: of its kind
    std::uint32_t connections = 20;
};
using Scanners = std::vector<Scanner>;

std::string scanner_name_flaw(const std::string& name);
std::string scanner_address_flaw(const std::string& address);
std::string scanner_user_flaw(const std::string& user);
std::string scanners_flaw(const Scanners& scanners);

inline auto settings(const Scanner*) {
    using config::octets, config::required, config::setting;
    return std::tuple{
        required(setting("name", &Scanner::name,
                         "What it is called in the log and in header fields: letters, digits, \"-\" and \"_\".",
                         scanner_name_flaw)),
        required(setting("kind", &Scanner::kind,
                         "What answers there: \"clamd\" finds viruses; \"spamd\", of SpamAssassin, and \"rspamd\" give "
                         "points; \"milter\", any "
                         "filter made for Sendmail and Postfix, says what is to be done.")),
        required(setting("address", &Scanner::address,
                         "Where: \"127.0.0.1:783\", \"scanner.example.org:3310\", or the path of a local socket, "
                         "\"/run/clamav/clamd.ctl\". The first local socket needs a restart.",
                         scanner_address_flaw)),
        setting("whose", &Scanner::whose,
                "Whose messages it looks at: \"strangers\"; or \"all\", those of our own people too: of whoever has "
                "logged in, "
                "of clients that may relay, of programs here. \"usual\": \"all\" for clamd, else \"strangers\"."),
        setting(
            "unavailable", &Scanner::unavailable,
            "When it cannot look at a message, since it does not answer, or not in time: \"defer\", the message has to "
            "wait (451 4.7.1); \"accept\", it comes in unscanned, and X-Hermod-Unscanned and the log say so; or "
            "\"reject\" (550 "
            "5.7.1). After three failures on end it is asked only now and then, until it answers."),
        setting("virus", &Scanner::virus,
                "Of clamd: what becomes of a message with a virus. \"reject\": 550 5.7.1; \"discard\": the client is "
                "told that "
                "it was taken, and nobody ever sees it (our own people are told); \"junk\": to the folder for junk."),
        setting("user", &Scanner::user, "Of spamd: whose preferences count (the field User). Empty: its own.",
                scanner_user_flaw),
        setting("weight", &Scanner::weight, "Of spamd and rspamd: what their points are multiplied by.", {0, 100}),
        setting(
            "follow_action", &Scanner::follow_action,
            "Of rspamd: whether what it would do is done: \"reject\" 550 5.7.1, \"soft reject\" and \"greylist\" 451 "
            "4.7.1, "
            "\"add header\", \"rewrite subject\" and \"quarantine\" to the folder for junk. Otherwise its points alone "
            "count, of which it rejects by 15 where SpamAssassin has 5."),
        octets("longest", &Scanner::longest,
               "Longer messages are not shown to it: they come in, marked as unscanned. 0: what is usual: 25MB for "
               "clamd, whose "
               "StreamMaxLength has to be as much; 500KB for spamd; 50MB for rspamd and milters.",
               {0, std::uint64_t{1} << 32}),
        setting("connections", &Scanner::connections, "So many messages it is shown at a time; others wait their turn.",
                {1, 1000}),
    };
}

struct ScannerPlace {
    std::string path;  // of a local socket; empty: host and port
    std::string host;  // a name, or an address without brackets
    std::uint16_t port = 0;
    bool operator==(const ScannerPlace&) const = default;
};
std::optional<ScannerPlace> parse_scanner_place(std::string_view address);
inline bool is_local(const Scanner& scanner) { return scanner.address.starts_with('/'); }

constexpr bool scans_strangers_alone(const Scanner& scanner) {
    return scanner.whose == Scanned::Strangers ||
           (scanner.whose == Scanned::Usual && scanner.kind != ScannerKind::Clamd);
}
constexpr std::uint64_t longest_for(const Scanner& scanner) {
    if (scanner.longest != 0) return scanner.longest;
    switch (scanner.kind) {
        case ScannerKind::Clamd: return std::uint64_t{25} << 20;
        case ScannerKind::Spamd: return 500 * 1024;
        case ScannerKind::Rspamd:
        case ScannerKind::Milter: break;
    }
    return std::uint64_t{50} << 20;
}

inline constexpr std::string_view scanners_meaning =
    "Programs outside of this server that look at the content of messages: clamd for viruses, spamd and rspamd for "
    "spam, "
    "milters.";

}  // namespace site
