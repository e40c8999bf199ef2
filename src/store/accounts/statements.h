#pragma once
// Every statement that Database makes use of.

#include "accounts/database.h"

namespace accounts {

struct Database::Statements {
    Statement domain, account, alias;
    Statement domains, accounts, accounts_of, aliases, aliases_of;
    Statement add_domain, add_account, add_alias, add_target;
    Statement clear_targets, set_quota, set_disabled;
    Statement remove_domain, remove_account, remove_alias;
    Statement count_at;
    Statement credentials, app_passwords, clear_password, set_password, add_app_password, remove_app_password, note_use;

    static std::expected<std::unique_ptr<Statements>, Error> prepare(Connection& connection);
};

}  // namespace accounts
