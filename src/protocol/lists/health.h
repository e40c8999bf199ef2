#pragma once
// What a list knows of a member's mailbox by its bounces, and what it does about it. The way of ezmlm: one bounce means
// nothing, as mailboxes are full and servers away; who has bounced for twelve days is sent a warning, which says so; if
// that comes back, twelve days later a probe; and if the probe comes back too, he is no member any longer. What does
// not come back within that time has arrived, and all is forgotten.
//
// Pure: the time is an argument. A forged bounce costs its victim one letter in twelve days, and never the membership:
// warning and probe come back to addresses with a proof (lists/token.h).

#include <cstdint>

namespace lists {

constexpr std::int64_t patience = 12 * 86'400;  // seconds

struct Health {
    enum class State : std::uint8_t {
        Fine,
        Bouncing,
        Warned,  // a warning is on its way, or has arrived
        WarningCameBack,
        Probed,
    };
    State state = State::Fine;
    std::int64_t since = 0;     // when this state began
    std::int64_t last = 0;      // the last bounce of a posting
    std::uint32_t bounces = 0;  // of postings, since the first

    bool operator==(const Health&) const = default;
};

enum class Remedy : std::uint8_t { None, Warn, Probe, Drop };

// Each changes what is known, and says what is to be done now.

/// A posting came back.
Remedy posting_came_back(Health& health, std::int64_t now);
/// A warning came back, with its proof.
Remedy warning_came_back(Health& health, std::int64_t now);
/// A probe came back, with its proof.
Remedy probe_came_back(Health& health, std::int64_t now);
/// Time has gone by; asked before each posting.
Remedy time_went_by(Health& health, std::int64_t now);

}  // namespace lists
