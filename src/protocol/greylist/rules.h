#pragma once
// Greylisting: who brings mail for the first time and looks like no mail server is asked to come again in a few
// minutes, as servers do (RFC 5321 §4.5.4.1) and most of what sends spam does not.
//
// What is delayed is never mail of somebody who is known: a domain that SPF proves and that has passed once, a network
// that has, somebody whom our own people wrote to. So a login code, which is worth nothing after ten minutes, is
// delayed at most once, and by default (Doubt) not even then.
//
// Pure: what is remembered, and what time it is, are arguments.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "ip/address.h"

namespace greylist {

/// Why somebody is asked to come again at all. Numbers on the way between processes: see is_known().
enum class Doubt : std::uint8_t {
    None,      // SPF proves him, and his machine has a name of its own
    Unproved,  // SPF does not
    Unnamed,   // his machine has no name, or one that is not its own, or one made of its address
    Everybody  // the administrator has everybody asked
};
constexpr bool is_known(Doubt doubt) { return doubt <= Doubt::Everybody; }

/// By what somebody is known again.
enum class Key : std::uint8_t {
    Proved,  // the domain that SPF proves; without one, network, sender and recipient
    Sender,  // recipient and sender, wherever he comes from: spamdyke's
};

/// Somebody wants to write to one recipient.
struct Attempt {
    ip::Address client;
    std::string sender;  // empty: the null sender
    std::string recipient;
    std::string proved;  // the domain that SPF lets the client speak for; empty: none
    Doubt doubt = Doubt::None;
};

/// What he is remembered by: texts that differ where they mean something else.
struct Names {
    std::string key;
    std::string network;  // 24 bits of IPv4, 64 of IPv6
    std::string address;  // the sender's; empty: the null sender
    std::string domain;   // that is proved; empty: none
};
Names names_of(const Attempt& attempt, Key key);
/// As `address` and `domain` above: somebody whom our people wrote to.
std::string name_of_address(const std::string& address);
std::string name_of_domain(const std::string& domain);

struct Windows {
    std::chrono::seconds delay{300};                         // before this nobody is let in
    std::chrono::seconds retry{std::chrono::hours(50)};      // after this it is as if he came for the first time
    std::chrono::seconds pass{std::chrono::hours(36 * 24)};  // so long he is known after the last mail
};

/// All times in seconds since 1970.
struct Known {
    std::int64_t last = 0;
    std::uint32_t passes = 1;  // of different senders, of a network
    bool operator==(const Known&) const = default;
};
struct Remembered {
    std::optional<std::int64_t> waits_since = {};
    std::optional<Known> known = {};  // by the key
    std::optional<Known> network = {};
    std::optional<Known> wrote_to_address = {};  // our people
    std::optional<Known> wrote_to_domain = {};
};

/// A network is trusted without a name of its own once so many senders have passed there.
constexpr std::uint32_t passes_of_a_network = 5;

struct Decision {
    enum class Why : std::uint8_t {
        NotDoubted,
        Correspondent,  // our people wrote to him
        KnownNetwork,
        Known,
        Waited,  // long enough, and is known from now on
        First,   // has to come again
        Early,   // came again, but too soon
    };
    Why why = Why::NotDoubted;
    std::chrono::seconds time{0};  // First, Early: still to wait; Waited: how long it took him
    bool has_to_wait() const { return why == Why::First || why == Why::Early; }
    bool operator==(const Decision&) const = default;
};

/// A clock that was set back delays nobody.
Decision decide(const Attempt& attempt, const Remembered& remembered, std::int64_t now, const Windows& windows);

/// Whether it still counts.
bool is_current(const Known& known, std::int64_t now, std::chrono::seconds window);

/// "first seen, 300 s to wait", for people.
std::string to_text(const Decision& decision);

}  // namespace greylist
