#pragma once
// What acmed hears: an administrator's orders by way of admind, and from runner what came of the hook. Nothing else
// under server/acmed may be included from outside.

#include <cstdint>
#include <string>
#include <tuple>
#include <variant>

namespace acmed {

enum class Verb : std::uint8_t {
    Status,  // answered by admind::CertificateState
    Issue,   // now, unless there is one that fits and is not due; answered by admind::Answer when it is done
    Renew,   // now, whatever there is
    Revoke,  // the one in use; then Renew
};

struct Order {
    std::uint64_t ticket = 0;
    Verb verb = Verb::Status;
    bool operator==(const Order&) const = default;
};
constexpr auto fields(const Order*) { return std::tuple{&Order::ticket, &Order::verb}; }

using FromAdmind = std::variant<Order>;

/// Exactly one for each runner::Hook.
struct HookEnded {
    std::uint64_t ticket = 0;
    bool done = false;  // with exit status 0
    std::string text;   // else why not: one line
    bool operator==(const HookEnded&) const = default;
};
constexpr auto fields(const HookEnded*) { return std::tuple{&HookEnded::ticket, &HookEnded::done, &HookEnded::text}; }

using FromRunner = std::variant<HookEnded>;

}  // namespace acmed
