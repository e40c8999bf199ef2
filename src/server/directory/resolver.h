#pragma once
// Who exists here: from an address to a verdict, and to a mailbox. The order of rules is addressing's, the rules are
// the configuration's and the directory's (accounts::Book); here they become what a client hears and what deliver is
// told.
//
// A local part has no meaning beyond naming a recipient: "!" and ":" do not route, and "%" only where percent_domains
// says so (RFC 5321 App. F.2, RFC 1123 §5.2.16).
//
// Pure but for the users and records it is given. Hostile: addresses come from strangers, and the asking processes may
// be broken into; no part of an address that is not listed, or not a user's name, ever becomes part of a path. Programs
// and files of aliases are never taken from what comes back in a question, only from the alias, which must still say
// so.

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "accounts/book.h"
#include "accounts/records.h"
#include "addressbook/configured_book.h"
#include "directory/config.h"
#include "directory/inbox.h"
#include "directory/rewriting.h"
#include "directory/users.h"
#include "ip/address.h"
#include "listbook/names.h"
#include "smtp/path.h"

namespace directory {

struct Surroundings {
    std::vector<ip::Address> own_addresses;
    std::uint32_t virtual_uid = 0;  // the owner of virtual mailboxes, user and group
    std::uint32_t virtual_gid = 0;
    accounts::Records* records = nullptr;  // what was made by command; nullptr: nothing
    std::shared_ptr<const Rewriting> rewriting =
        nullptr;  // with the questions that wait; nullptr: nothing is rewritten
};

class Resolver {
public:
    Resolver(Config config, Surroundings around, Users& users);
    Resolver(const Resolver&) = delete;
    Resolver& operator=(const Resolver&) = delete;

    Resolved resolve(const LookUp& asked) const;
    Mailbox find(const FindMailbox& asked) const;
    /// The account whose mailbox this address is, and by no extension: "ann@virtual.example", or a user of this system,
    /// "ann", who receives mail here. None: nobody's.
    std::expected<std::optional<std::string>, Unavailable> account_of(const std::string& address) const;
    /// Whether the recipients of this domain are users of this system, be it by being the same as another.
    std::expected<bool, Unavailable> is_for_users(std::string domain) const;
    /// Whether an account may send in this name: mail for it reaches the account, or the configuration says so.
    smtp::Reply may_send(const std::string& account, const std::string& address) const;
    /// The same as resolve(), for people.
    addressing::Resolution explain(const smtp::Mailbox& address) const;

    /// Whether it is of a domain of ours: then nobody else says who may send in its name.
    bool is_ours(std::string_view address) const;
    const std::shared_ptr<const Rewriting>& rewriting() const { return around_.rewriting; }

    const accounts::Book& book() const { return book_; }

private:
    addressing::Existence exists(std::string_view user) const;
    bool receives(const User& user) const;
    bool is_excepted(const std::string& account, const smtp::Mailbox& address) const;
    Resolved postmaster(const LookUp& asked) const;
    addressing::Resolution follow(const smtp::Mailbox& address) const;
    /// Nobody's mailbox, and answered by policyd (reflector.address).
    bool is_reflected(const smtp::Mailbox& address, const addressing::Resolution& resolution) const;
    Mailbox mailbox_of(const FindMailbox& asked, const addressing::Delivery& delivery) const;
    Mailbox find_target(const FindMailbox& asked, const smtp::Mailbox& mailbox) const;
    Mailbox target_of(const FindMailbox& asked, const addressing::Delivery& delivery) const;
    Instructions instructions_at(const smtp::Mailbox& address) const;
    Mailbox user_mailbox(const FindMailbox& asked, const User& user) const;
    Mailbox list_mailbox(const FindMailbox& asked) const;
    Mailbox virtual_mailbox(const FindMailbox& asked, std::string_view domain, std::string_view local_part,
                            std::uint64_t quota) const;

    Config config_;
    std::vector<std::pair<std::string, Instructions>> allowed_;  // until the book has the domains
    Surroundings around_;
    Users& users_;
    accounts::NoRecords no_records_;
    addressbook::ConfiguredBook configured_;
    mutable listbook::Names lists_;
    accounts::Book book_;
    std::unordered_map<const addressing::Domain*, Instructions> instructions_;  // of configured domains that allow some
};

}  // namespace directory
