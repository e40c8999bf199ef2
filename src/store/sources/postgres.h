#pragma once
// Accounts in a database of PostgreSQL, by the administrator's queries. What is asked about is a parameter, always.

#include <libpq-fe.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "queries/sql.h"
#include "sources/remote.h"

namespace sources {

class Postgres final : public Remote {
public:
    Postgres(const Terms& terms, const clocks::Clock& clock);

    accounts::Found<accounts::Account> account(std::string_view address) override;
    accounts::Found<accounts::Alias> alias(std::string_view name) override;
    accounts::Found<accounts::Credentials> credentials(std::string_view account) override;

private:
    struct Finishes {
        void operator()(PGconn* connection) const { ::PQfinish(connection); }
        void operator()(PGresult* result) const { ::PQclear(result); }
    };
    using Connection = std::unique_ptr<PGconn, Finishes>;
    struct Rows {
        std::vector<std::string> columns;
        std::vector<std::vector<std::optional<std::string>>> values;

        std::size_t size() const { return values.size(); }
        /// Of the first row; empty where there is no such column, or nothing in it.
        std::string text(std::string_view column) const;
    };
    template <typename T>
    using Or = std::expected<T, accounts::Error>;

    Or<Connection> connect(const Endpoint& endpoint, Deadline deadline) const;
    Or<void> open(Deadline deadline);
    Or<bool> wait(short events, Deadline deadline) const;
    Or<Rows> run(const queries::Statement& statement, std::string_view address, Deadline deadline);
    Or<Rows> run_once(const queries::Statement& statement, const queries::Fields& fields, Deadline deadline);
    Or<void> send(const queries::Statement& statement, const queries::Fields& fields, Deadline deadline);
    Or<Rows> receive(Deadline deadline);
    /// At most one row.
    Or<Rows> run_for_one(const queries::Statement& statement, std::string_view address, Deadline deadline);

    std::optional<queries::Statement> account_query_, password_query_, alias_query_;
    Connection connection_;
};

}  // namespace sources
