#pragma once
// Whose a mailbox is. What touches mailboxes becomes their owner first (worker.h), so this names a worker, too.

#include <compare>
#include <cstdint>
#include <string>

namespace owner {

/// Below which directory a mailbox is.
enum class Base : std::uint8_t { Root, MailDirectory };

/// Whom a worker has become; one worker serves one owner.
struct Owner {
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
    Base base = Base::Root;
    std::string home;  // the one home of a system user; empty for the owner of virtual mailboxes, who has many
    auto operator<=>(const Owner&) const = default;
};

}  // namespace owner
