#include "accounts/statements.h"

#include "lang/try.h"

namespace accounts {

std::expected<std::unique_ptr<Database::Statements>, Error> Database::Statements::prepare(Connection& connection) {
    auto made = std::make_unique<Statements>();
    struct Text {
        Statement Statements::* statement;
        std::string_view sql;
    };
    static constexpr Text texts[] = {
        {&Statements::domain, "SELECT name, same_as, catch_all, delimiters, created FROM domain WHERE name = ?"},
        {&Statements::account,
         "SELECT local_part, domain, quota, is_disabled, created FROM account WHERE domain = ? AND local_part = ?"},
        {&Statements::alias,
         "SELECT local_part, domain, created, target FROM alias JOIN alias_target ON alias_target.alias = alias.id "
         "WHERE domain = ? AND local_part = ? ORDER BY position"},
        {&Statements::domains, "SELECT name, same_as, catch_all, delimiters, created FROM domain ORDER BY name"},
        {&Statements::accounts,
         "SELECT local_part, domain, quota, is_disabled, created FROM account ORDER BY domain, local_part"},
        {&Statements::accounts_of,
         "SELECT local_part, domain, quota, is_disabled, created FROM account WHERE domain = ? ORDER BY local_part"},
        {&Statements::aliases,
         "SELECT local_part, domain, created, target FROM alias JOIN alias_target ON alias_target.alias = alias.id "
         "ORDER BY domain, local_part, position"},
        {&Statements::aliases_of,
         "SELECT local_part, domain, created, target FROM alias JOIN alias_target ON alias_target.alias = alias.id "
         "WHERE domain = ? ORDER BY local_part, position"},
        {&Statements::add_domain,
         "INSERT INTO domain (name, same_as, catch_all, delimiters, created) VALUES (?, ?, ?, ?, ?)"},
        {&Statements::add_account,
         "INSERT INTO account (local_part, domain, quota, is_disabled, created) VALUES (?, ?, ?, ?, ?)"},
        {&Statements::add_alias, "INSERT INTO alias (local_part, domain, created) VALUES (?, ?, ?)"},
        {&Statements::add_target,
         "INSERT INTO alias_target (alias, position, target) "
         "SELECT id, ?, ? FROM alias WHERE domain = ? AND local_part = ?"},
        {&Statements::clear_targets,
         "DELETE FROM alias_target WHERE alias = (SELECT id FROM alias WHERE domain = ? AND local_part = ?)"},
        {&Statements::set_quota, "UPDATE account SET quota = ? WHERE domain = ? AND local_part = ?"},
        {&Statements::set_disabled, "UPDATE account SET is_disabled = ? WHERE domain = ? AND local_part = ?"},
        {&Statements::remove_domain, "DELETE FROM domain WHERE name = ?"},
        {&Statements::remove_account, "DELETE FROM account WHERE domain = ? AND local_part = ?"},
        {&Statements::remove_alias, "DELETE FROM alias WHERE domain = ? AND local_part = ?"},
        {&Statements::count_at,
         "SELECT (SELECT count(*) FROM account WHERE domain = ?1) + (SELECT count(*) FROM alias WHERE domain = ?1)"},
        {&Statements::credentials,
         "SELECT is_disabled, hash, scram_sha_256, scram_sha_1, secret FROM account LEFT JOIN password ON "
         "password.account = account.id WHERE domain = ? AND local_part = ?"},
        {&Statements::app_passwords,
         "SELECT app_password.id, name, hash, uses, app_password.created, expires, last_used FROM account JOIN "
         "app_password ON app_password.account = account.id WHERE domain = ? AND local_part = ? ORDER BY name"},
        {&Statements::clear_password,
         "DELETE FROM password WHERE account = (SELECT id FROM account WHERE domain = ? AND local_part = ?)"},
        {&Statements::set_password,
         "INSERT INTO password (account, hash, scram_sha_256, scram_sha_1, secret, changed) "
         "SELECT id, ?, ?, ?, ?, ? FROM account WHERE domain = ? AND local_part = ?"},
        {&Statements::add_app_password,
         "INSERT INTO app_password (account, name, hash, uses, created, expires, last_used) "
         "SELECT id, ?, ?, ?, ?, ?, 0 FROM account WHERE domain = ? AND local_part = ?"},
        {&Statements::remove_app_password,
         "DELETE FROM app_password WHERE account = (SELECT id FROM account WHERE domain = ? AND local_part = ?) AND "
         "name = ?"},
        {&Statements::note_use, "UPDATE app_password SET last_used = ? WHERE id = ?"},
    };
    for (const auto& [statement, sql] : texts) (*made).*statement = TRY(connection.prepare(sql));
    return made;
}

}  // namespace accounts
