#pragma once
// From directory's answer to a place that may be written: whose it is, and names that lead nowhere else.
//
// Pure. Hostile: directory reads files that administrators write and addresses that strangers write; a name that is
// "..", has a "/" or a NUL in it, must not leave the home whatever went wrong there.

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "directory/inbox.h"
#include "owner/owner.h"
#include "smtp/reply.h"

namespace owner {

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

}  // namespace owner
