#pragma once
// Who exists here: from an address to a verdict, and to a mailbox.
//
// Three kinds of domains: this system's (the host's own name, "localhost", our addresses as literals, and [domains]
// without a list), whose recipients are users; virtual ones, whose recipients are listed; and all others, to which only
// those may send who may relay. Nothing in a local part has a meaning beyond naming a mailbox: "%", "!" and ":" do not
// route (RFC 5321 App. F.2, RFC 1123 §5.2.16).
//
// Pure but for the users it is given. Hostile: addresses come from strangers, and the asking processes may be broken
// into; no part of an address that is not listed, or not a user's name, ever becomes part of a path.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "directory/config.h"
#include "directory/inbox.h"
#include "directory/users.h"
#include "ip/address.h"
#include "site/mailbox_list.h"
#include "smtp/path.h"

namespace directory {

struct Surroundings {
    std::vector<ip::Address> own_addresses;
    std::uint32_t virtual_uid = 0;  // the owner of virtual mailboxes, user and group
    std::uint32_t virtual_gid = 0;
};

class Resolver {
public:
    Resolver(const Config& config, Surroundings around, Users& users);

    Resolved resolve(const LookUp& asked) const;
    Mailbox find(const FindMailbox& asked) const;

private:
    enum class Kind : std::uint8_t { System, Virtual, Foreign };
    struct Place {
        Kind kind = Kind::Foreign;
        const site::MailboxList* list = nullptr;  // of Virtual
    };

    Place place_of(const smtp::Mailbox& mailbox) const;
    Resolved resolve_local(const LookUp& asked, const smtp::Mailbox& mailbox, const Place& place) const;
    Resolved resolve_user(const LookUp& asked, const smtp::Mailbox& mailbox) const;
    Resolved resolve_postmaster(const LookUp& asked, const smtp::Mailbox& mailbox) const;
    std::optional<smtp::Mailbox> postmaster() const;
    Mailbox user_mailbox(const FindMailbox& asked, const smtp::Mailbox& mailbox) const;
    Mailbox virtual_mailbox(const FindMailbox& asked, const std::string& domain, const std::string& local_part,
                            std::uint64_t quota) const;

    Config config_;
    Surroundings around_;
    Users& users_;
    std::string hostname_;  // lower-case A-labels, as the keys below
    std::unordered_map<std::string, site::MailboxList> virtual_domains_;
    std::unordered_set<std::string> system_domains_;
};

}  // namespace directory
