#include "accounts/database.h"

#include <utility>

#include "accounts/name.h"
#include "accounts/schema.h"
#include "accounts/statements.h"
#include "lang/try.h"

namespace accounts {
namespace {

std::string joined(std::string local_part, const std::string& domain) {
    return domain.empty() ? local_part : std::move(local_part) + "@" + domain;
}

Domain domain_in(const Rows& rows) {
    return {.name = rows.text(0),
            .same_as = rows.text(1),
            .catch_all = rows.text(2),
            .delimiters = rows.text(3),
            .created = rows.number(4)};
}

Account account_in(const Rows& rows) {
    return {.address = joined(rows.text(0), rows.text(1)),
            .quota = static_cast<std::uint64_t>(rows.number(2)),
            .is_disabled = rows.number(3) != 0,
            .created = rows.number(4)};
}

/// Rows of one target each; `next` is whether there is one. Leaves the rows at the next alias.
std::expected<Alias, Error> alias_in(Rows& rows, bool& next) {
    Alias alias{.name = joined(rows.text(0), rows.text(1)), .targets = {}, .created = rows.number(2)};
    while (next && joined(rows.text(0), rows.text(1)) == alias.name) {
        if (auto target = addressing::parse_target(rows.text(3))) alias.targets.push_back(*std::move(target));
        next = TRY(rows.next());
    }
    return alias;
}

std::expected<void, Error> for_each_alias_in(Rows rows, const std::function<bool(const Alias&)>& visit) {
    bool next = TRY(rows.next());
    while (next)
        if (!visit(TRY(alias_in(rows, next)))) break;
    return {};
}

std::expected<bool, Error> any(std::expected<std::int64_t, Error> changed) {
    if (!changed) return std::unexpected(std::move(changed).error());
    return *changed > 0;
}

std::expected<void, Error> nothing(std::expected<std::int64_t, Error> changed) {
    if (!changed) return std::unexpected(std::move(changed).error());
    return {};
}

}  // namespace

Database::Database(Connection connection) : connection_(std::move(connection)) {}
Database::~Database() = default;

std::expected<std::unique_ptr<Database>, Error> Database::open(const std::string& path, Connection::Missing missing,
                                                               std::chrono::milliseconds patience) {
    std::unique_ptr<Database> opened(new Database(TRY(Connection::open(path, missing, patience))));
    TRY(migrate(opened->connection_));
    opened->statements_ = TRY(Statements::prepare(opened->connection_));
    return opened;
}

void Database::roll_back() {
    if (connection_.is_in_transaction()) static_cast<void>(connection_.run("ROLLBACK"));
}

Found<Domain> Database::domain(std::string_view name) {
    auto rows = statements_->domain.with(name);
    if (!TRY(rows.next())) return std::nullopt;
    return domain_in(rows);
}

Found<Account> Database::account(std::string_view address) {
    const auto [local_part, domain] = split(address);
    auto rows = statements_->account.with(domain, local_part);
    if (!TRY(rows.next())) return std::nullopt;
    return account_in(rows);
}

Found<Alias> Database::alias(std::string_view name) {
    const auto [local_part, domain] = split(name);
    auto rows = statements_->alias.with(domain, local_part);
    bool next = TRY(rows.next());
    if (!next) return std::nullopt;
    return TRY(alias_in(rows, next));
}

std::expected<void, Error> Database::for_each_domain(const std::function<bool(const Domain&)>& visit) {
    auto rows = statements_->domains.with();
    while (TRY(rows.next()))
        if (!visit(domain_in(rows))) break;
    return {};
}

std::expected<void, Error> Database::for_each_account(std::string_view domain,
                                                      const std::function<bool(const Account&)>& visit) {
    auto rows = domain.empty() ? statements_->accounts.with() : statements_->accounts_of.with(domain);
    while (TRY(rows.next()))
        if (!visit(account_in(rows))) break;
    return {};
}

std::expected<void, Error> Database::for_each_alias(std::string_view domain,
                                                    const std::function<bool(const Alias&)>& visit) {
    if (domain.empty()) return for_each_alias_in(statements_->aliases.with(), visit);
    return for_each_alias_in(statements_->aliases_of.with(domain), visit);
}

std::expected<void, Error> Database::add(const Domain& domain) {
    return nothing(
        statements_->add_domain.run(domain.name, domain.same_as, domain.catch_all, domain.delimiters, domain.created));
}

std::expected<void, Error> Database::add(const Account& account) {
    const auto [local_part, domain] = split(account.address);
    return nothing(statements_->add_account.run(local_part, domain, static_cast<std::int64_t>(account.quota),
                                                std::int64_t{account.is_disabled}, account.created));
}

std::expected<void, Error> Database::add(const Alias& alias) {
    const auto [local_part, domain] = split(alias.name);
    TRY(nothing(statements_->add_alias.run(local_part, domain, alias.created)));
    static_cast<void>(TRY(set_targets(alias.name, alias.targets)));
    return {};
}

std::expected<bool, Error> Database::set_targets(std::string_view alias,
                                                 const std::vector<addressing::Target>& targets) {
    const auto [local_part, domain] = split(alias);
    TRY(nothing(statements_->clear_targets.run(domain, local_part)));
    std::int64_t position = 0, added = 0;
    for (const auto& target : targets)
        added += TRY(statements_->add_target.run(position++, addressing::to_text(target), domain, local_part));
    return added > 0;
}

std::expected<bool, Error> Database::set_quota(std::string_view account, std::uint64_t quota) {
    const auto [local_part, domain] = split(account);
    return any(statements_->set_quota.run(static_cast<std::int64_t>(quota), domain, local_part));
}

std::expected<bool, Error> Database::set_disabled(std::string_view account, bool is_disabled) {
    const auto [local_part, domain] = split(account);
    return any(statements_->set_disabled.run(std::int64_t{is_disabled}, domain, local_part));
}

std::expected<bool, Error> Database::remove_domain(std::string_view name) {
    return any(statements_->remove_domain.run(name));
}

std::expected<bool, Error> Database::remove_account(std::string_view address) {
    const auto [local_part, domain] = split(address);
    return any(statements_->remove_account.run(domain, local_part));
}

std::expected<bool, Error> Database::remove_alias(std::string_view name) {
    const auto [local_part, domain] = split(name);
    return any(statements_->remove_alias.run(domain, local_part));
}

std::expected<std::int64_t, Error> Database::count_at(std::string_view domain) {
    auto rows = statements_->count_at.with(domain);
    if (!TRY(rows.next())) return 0;
    return rows.number(0);
}

}  // namespace accounts
