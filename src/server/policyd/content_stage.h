#pragma once
// One look at the content of a complete message. Each stage is a function in a file content_*.cc: the scene in, what it
// found out. All run at the same time, under one limit of time; what they say together is decided by verdict_of() in
// content_verdict.h.
//
// To add one: its settings in site/; the function here, and a row in `stages` of scan.cc; whether it is on, also
// in scans_strangers() and scans_our_own() of site/authentication.h, as smtpd and pickup ask nobody otherwise.
//
// Hostile: the message is a stranger's, and so is what others say of it. A stage ends by `until`, needs no more memory
// than it has announced, gives the loop back after some milliseconds of work, and throws nothing.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "clocks/clock.h"
#include "net/stream.h"
#include "policyd/config.h"
#include "policyd/content.h"
#include "policyd/inbox.h"
#include "resolver/resolver.h"
#include "smtp/reply.h"

namespace policyd {

class Scanners;

/// What is to become of the message whatever the points are.
enum class Wish : std::uint8_t { None, Junk, Defer, Reject, Discard };

struct ContentFinding {
    std::string stage;   // who says so: "bayes", "clamav", in one word
    std::string reason;  // in words, for the log: "99 % spam: viagra, casino"; hostile
    double score = 0;    // points; negative: rather no spam
    Wish wish = Wish::None;
    std::optional<smtp::Reply> reply{};  // with Defer and Reject: what the client hears, where it is not the usual
    std::vector<std::string> tests{};    // what it is made of, for X-Spam-Status: "BAYES_99"; hostile
    std::string head{};                  // whole fields of its own, to be put on a message that is taken
    bool is_unscanned = false;           // it could not look; X-Hermod-Unscanned says so where the message is taken
};
using ContentFindings = std::vector<ContentFinding>;

/// All of it outlives the look.
struct ContentScene {
    const Content& content;   // with our trace fields; may be read as often as one likes
    const std::string& head;  // the fields that will stand on top of it, Authentication-Results among them
    const Examine& asked;     // who brings it, to whom; its octets are in `content`
    const Config& config;
    resolver::Resolver& resolver;
    const clocks::Clock& clock;
    Scanners& scanners;
    std::chrono::steady_clock::time_point until;
};

struct ContentStage {
    std::string_view name;
    bool (*is_on)(const Config& config, const Examine& asked);
    std::size_t (*memory)(const Config& config, const Content& content);  // octets at most, beside the message itself
    net::Task<ContentFindings> (*look)(const ContentScene& scene);
};

/// [[scanner]].
extern const ContentStage scanner_stage;

/// Whoever is no stranger, and brings what has not been looked at: not what a program or a list passes on.
constexpr bool is_own_mail(Bringer bringer) {
    return bringer == Bringer::Account || bringer == Bringer::RelayClient || bringer == Bringer::LocalProgram;
}

}  // namespace policyd
