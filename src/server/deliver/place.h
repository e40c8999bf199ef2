#pragma once
// From directory's answer to a place that may be written: whose it is, and names that lead nowhere else.
//
// Pure. Hostile: directory reads files that administrators write and addresses that strangers write; a name that is
// "..", has a "/" or a NUL in it, must not leave the home whatever went wrong there.

#include <compare>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "deliver/job.h"
#include "directory/inbox.h"
#include "smtp/reply.h"

namespace deliver {

/// Whom a worker has become; one worker serves one owner.
struct Owner {
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
    Base base = Base::Root;
    std::string home;  // the one home of a system user; empty for the owner of virtual mailboxes, who has many
    auto operator<=>(const Owner&) const = default;
};

struct Place {
    Owner owner;
    std::string home;  // below owner.base
    std::string path;
};

/// Where mail may go, or what the sender is told. Never root's: uid 0 is refused here whatever directory says.
std::expected<Place, smtp::Reply> place_of(const directory::Mailbox& mailbox, std::string_view mail_directory);

/// The components of a relative path; empty where one of them is no plain name.
std::vector<std::string> plain_components(std::string_view path);

/// "./mail/x", "mail/x" or "HOME/mail/x" as "mail/x"; nullopt: not below the home.
std::optional<std::string> path_in_home(std::string_view path, std::string_view home);

}  // namespace deliver
