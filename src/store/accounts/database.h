#pragma once
// The directory in its file: an SQLite database that commands write and the process directory reads. Several may have
// it open; what one commits, the next look-up of another sees.
//
//   auto database = Database::open(path, Connection::Missing::IsCreated, 5s);
//   TRY((*database)->begin());
//   TRY((*database)->add(Account{.address = "ann@virtual.example"}));
//   TRY((*database)->commit());                      // what is not committed is as if it had not been

#include <chrono>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "accounts/credentials.h"
#include "accounts/records.h"
#include "accounts/sqlite.h"

namespace accounts {

class Database final : public Records {
public:
    static std::expected<std::unique_ptr<Database>, Error> open(const std::string& path, Connection::Missing missing,
                                                                std::chrono::milliseconds patience);
    ~Database() override;
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    Found<Domain> domain(std::string_view name) override;
    Found<Account> account(std::string_view address) override;
    Found<Alias> alias(std::string_view name) override;

    /// All of them in the order of names, those of one domain together; `visit` returns false to stop.
    std::expected<void, Error> for_each_domain(const std::function<bool(const Domain&)>& visit);
    /// Of one domain, or of all ("").
    std::expected<void, Error> for_each_account(std::string_view domain,
                                                const std::function<bool(const Account&)>& visit);
    std::expected<void, Error> for_each_alias(std::string_view domain, const std::function<bool(const Alias&)>& visit);

    /// One writer at a time: begin() waits for another as long as the patience lasts.
    std::expected<void, Error> begin() { return connection_.run("BEGIN IMMEDIATE"); }
    std::expected<void, Error> commit() { return connection_.run("COMMIT"); }
    void roll_back();

    // An error is Exists where the name is taken. The booleans: whether there was such a one.
    std::expected<void, Error> add(const Domain& domain);
    std::expected<void, Error> add(const Account& account);
    std::expected<void, Error> add(const Alias& alias);
    std::expected<bool, Error> set_targets(std::string_view alias, const std::vector<addressing::Target>& targets);
    std::expected<bool, Error> set_quota(std::string_view account, std::uint64_t quota);
    std::expected<bool, Error> set_disabled(std::string_view account, bool is_disabled);
    std::expected<bool, Error> remove_domain(std::string_view name);
    std::expected<bool, Error> remove_account(std::string_view address);
    std::expected<bool, Error> remove_alias(std::string_view name);

    /// Of an account that exists; without a password where it was given none.
    Found<Credentials> credentials(std::string_view account);
    /// In place of the password it had; app passwords stay. An empty hash: it has none any more.
    std::expected<bool, Error> set_password(std::string_view account, const Credentials& password, std::int64_t now);
    std::expected<bool, Error> add_app_password(std::string_view account, const AppPassword& password);
    std::expected<bool, Error> remove_app_password(std::string_view account, std::string_view name);
    std::expected<void, Error> note_use(std::int64_t app_password, std::int64_t now);

    /// Accounts and aliases of a domain.
    std::expected<std::int64_t, Error> count_at(std::string_view domain);

    Connection& connection() { return connection_; }

private:
    struct Statements;
    explicit Database(Connection connection);

    Connection connection_;
    std::unique_ptr<Statements> statements_;  // finalised before the connection closes
};

}  // namespace accounts
