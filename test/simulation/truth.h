#pragma once
// What really happened, seen from outside by somebody who cannot be fooled: what clients were told, what servers took,
// what lies in the mailbox. Judged by the invariants:
//
//  - a message that was acknowledged reaches each recipient, or its sender hears of the failure;
//  - one that was refused never appears, and none appears in part;
//  - nobody gets it more often than once, plus once for each crash while an attempt for him was under way, plus once
//  for
//    each time a server took it and did not say so; and in a Maildir never twice;
//  - each failure is reported exactly once, and never to the null sender.

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace simulation {

/// How a recipient's server treats mail for him, chaos apart.
enum class Nature : std::uint8_t { Takes, Refuses, TakesLater, NeverTakes };

struct Addressee {
    std::string address;
    Nature nature = Nature::Takes;
    bool is_local = false;
    int deferrals_left = 0;
    int deliveries = 0;
    int allowance = 0;              // deliveries beyond the first that have an excuse
    std::set<std::string> bounces;  // Message-IDs of the notifications that reported his failure
};

struct Sent {
    std::uint64_t number = 0;
    std::string sender;  // empty: the null sender
    std::string octets;  // with "XXXXXXXXXXXXX" where the queue id goes
    std::vector<Addressee> addressees;
    bool is_acknowledged = false;
    bool is_refused = false;
};

class Truth {
public:
    std::vector<Sent> messages;
    std::vector<std::string> violations;

    Addressee* find(std::string_view address);

    /// A server, or the mailbox, has this message for these recipients; octets with CRLF, as they were submitted.
    void delivered(std::string_view recipient, std::string_view octets);
    /// Everything is over: is it as it should be?
    void judge();

    void violation(std::string what) { violations.push_back(std::move(what)); }

private:
    void read_notification(std::string_view octets);
    void check_octets(const Sent& sent, std::string_view octets);
    void judge(const Sent& sent);
};

/// "r17-2@…" and "s17@…" carry the number of the message; nothing: somebody else.
std::string recipient_name(std::uint64_t message, std::size_t recipient);
std::string sender_name(std::uint64_t message);

constexpr std::string_view id_room = "XXXXXXXXXXXXX";

}  // namespace simulation
