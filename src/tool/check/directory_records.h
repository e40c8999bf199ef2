#pragma once
// What the directory says, for commands that only ask: `hermod explain`, `hermod check`.
//
// Hostile: its folder belongs to the process directory, and whoever broke into that may have put anything there. As
// root we look into it as its owner, who can reach nothing else.

#include <sys/types.h>

#include <memory>
#include <string>
#include <string_view>

#include "accounts/database.h"
#include "site/host.h"

namespace check {

/// For as long as it lives, and where we are root: the effective user and group are these.
class AsUser {
public:
    AsUser(uid_t uid, gid_t gid);
    ~AsUser();
    AsUser(const AsUser&) = delete;
    AsUser& operator=(const AsUser&) = delete;

private:
    bool is_changed_ = false;
};

class DirectoryRecords final : public accounts::Records {
public:
    explicit DirectoryRecords(const site::Host& host);
    ~DirectoryRecords() override;

    /// Why it cannot be asked, for people; then it says that there is nothing. Empty: all is well.
    const std::string& unreadable() const { return unreadable_; }

    accounts::Found<accounts::Domain> domain(std::string_view name) override;
    accounts::Found<accounts::Account> account(std::string_view address) override;
    accounts::Found<accounts::Alias> alias(std::string_view name) override;

    /// Names of all aliases, and of domains that lead on to others.
    std::expected<void, accounts::Error> for_each_entrance(const std::function<void(std::string address)>& visit);

private:
    std::unique_ptr<accounts::Database> database_;  // nullptr: there is none
    std::string unreadable_;
    uid_t uid_ = 0;
    gid_t gid_ = 0;
};

}  // namespace check
