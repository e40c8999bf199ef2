#include "sources/postgres.h"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "lang/try.h"
#include "passwords/stored_scram.h"
#include "text/ascii.h"
#include "text/utf8.h"

namespace sources {
namespace {

constexpr std::size_t most_rows = 10'000;
constexpr std::size_t most_octets = 16 << 20;

std::optional<queries::Statement> statement_of(const std::string& query) {
    if (query.empty()) return std::nullopt;
    auto statement = queries::parse_statement(query);
    return statement ? std::optional(*std::move(statement)) : std::nullopt;
}

/// The first line, as it goes into a log.
std::string trouble_of(PGconn* connection) {
    std::string_view text = ::PQerrorMessage(connection);
    return std::string(text.substr(0, text.find('\n')));
}

bool is_true(std::string_view value) {
    return std::ranges::any_of(std::array<std::string_view, 6>{"t", "true", "1", "y", "yes", "on"},
                               [&](std::string_view word) { return text::equal_ignoring_case(word, value); });
}

std::expected<std::uint64_t, accounts::Error> quota_in(std::string_view text) {
    std::uint64_t octets = 0;
    if (text.empty()) return octets;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), octets);
    if (error != std::errc() || end != text.data() + text.size())
        return senseless("the column quota is no number of octets");
    return octets;
}

std::optional<sasl::ScramKeys> keys_in(const std::string& text, crypto::Digest digest) {
    auto stored = passwords::parse_stored_scram(text);
    if (!stored || stored->digest != digest) return std::nullopt;
    return std::move(stored->keys);
}

const char* ssl_mode(const site::AccountSource& settings) {
    switch (settings.tls) {
        case site::SourceTls::Off: return "disable";
        case site::SourceTls::Required: return "require";
        case site::SourceTls::Verified:
        case site::SourceTls::Implicit: break;
    }
    return "verify-full";
}

}  // namespace

Postgres::Postgres(const Terms& terms, const clocks::Clock& clock)
    : Remote(terms, clock),
      account_query_(statement_of(terms.settings.account_query)),
      password_query_(statement_of(terms.settings.password_query)),
      alias_query_(statement_of(terms.settings.alias_query)) {}

std::string Postgres::Rows::text(std::string_view column) const {
    const auto at = std::ranges::find(columns, column);
    if (values.empty() || at == columns.end()) return {};
    return values.front()[static_cast<std::size_t>(at - columns.begin())].value_or("");
}

// ---- a connection

/// Whether something came in time.
Postgres::Or<bool> Postgres::wait(short events, Deadline deadline) const {
    pollfd waited{.fd = ::PQsocket(connection_.get()), .events = events, .revents = 0};
    if (waited.fd < 0) return unreachable("the connection is gone");
    return ::poll(&waited, 1, static_cast<int>(left(deadline).count())) > 0;
}

Postgres::Or<Postgres::Connection> Postgres::connect(const Endpoint& endpoint, Deadline deadline) const {
    const auto port = std::to_string(endpoint.host.port);
    const auto& settings = terms_.settings;
    // Files in a home are not for us, nor is Kerberos.
    const bool has_address = !endpoint.host.is_local();
    const std::array<const char*, 14> names{"host",     "port",     "dbname",      "user",
                                            "password", "sslmode",  "sslrootcert", "application_name",
                                            "sslcert",  "passfile", "gssencmode",  "client_encoding",
                                            "hostaddr", nullptr};
    const std::array<const char*, 14> values{endpoint.host.name.c_str(),
                                             port.c_str(),
                                             settings.database.c_str(),
                                             settings.user.c_str(),
                                             terms_.password.c_str(),
                                             ssl_mode(settings),
                                             settings.tls_issuers.c_str(),
                                             "hermod",
                                             "/nonexistent/certificate",
                                             "/nonexistent/passwords",
                                             "disable",
                                             "UTF8",
                                             has_address ? endpoint.address.c_str() : nullptr,
                                             nullptr};
    Connection made(::PQconnectStartParams(names.data(), values.data(), 0));
    if (!made) return unreachable("no memory");
    PostgresPollingStatusType status = PGRES_POLLING_WRITING;
    while (status != PGRES_POLLING_OK) {
        if (status == PGRES_POLLING_FAILED || ::PQstatus(made.get()) == CONNECTION_BAD)
            return unreachable(trouble_of(made.get()));
        pollfd waited{.fd = ::PQsocket(made.get()),
                      .events = static_cast<short>(status == PGRES_POLLING_READING ? POLLIN : POLLOUT),
                      .revents = 0};
        if (::poll(&waited, 1, static_cast<int>(left(deadline).count())) <= 0)
            return unreachable("it does not answer in time");
        status = ::PQconnectPoll(made.get());
    }
    ::PQsetnonblocking(made.get(), 1);
    return made;
}

Postgres::Or<void> Postgres::open(Deadline deadline) {
    connection_ =
        TRY(connect_to_any(deadline, [this](const Endpoint& endpoint, Deadline by) { return connect(endpoint, by); }));
    return {};
}

// ---- a query

Postgres::Or<void> Postgres::send(const queries::Statement& statement, const queries::Fields& fields,
                                  Deadline deadline) {
    std::vector<const char*> values;
    for (const auto field : statement.parameters) values.push_back(fields[field].c_str());
    if (!::PQsendQueryParams(connection_.get(), statement.text.c_str(), static_cast<int>(values.size()), nullptr,
                             values.data(), nullptr, nullptr, 0))
        return unreachable(trouble_of(connection_.get()));
    ::PQsetSingleRowMode(connection_.get());
    for (int unsent = ::PQflush(connection_.get()); unsent != 0; unsent = ::PQflush(connection_.get())) {
        if (unsent < 0) return unreachable(trouble_of(connection_.get()));
        if (!TRY(wait(POLLIN | POLLOUT, deadline))) return unreachable("it does not answer in time");
        if (!::PQconsumeInput(connection_.get())) return unreachable(trouble_of(connection_.get()));
    }
    return {};
}

Postgres::Or<Postgres::Rows> Postgres::receive(Deadline deadline) {
    Rows rows;
    std::string error;
    std::size_t octets = 0;
    while (true) {
        while (::PQisBusy(connection_.get())) {
            if (!TRY(wait(POLLIN, deadline))) return unreachable("it does not answer in time");
            if (!::PQconsumeInput(connection_.get())) return unreachable(trouble_of(connection_.get()));
        }
        const std::unique_ptr<PGresult, Finishes> result(::PQgetResult(connection_.get()));
        if (!result) break;
        const auto status = ::PQresultStatus(result.get());
        // Hostile: of these there is no end.
        if (status == PGRES_COPY_IN || status == PGRES_COPY_OUT || status == PGRES_COPY_BOTH)
            return unreachable("it would copy tables");
        if (status != PGRES_SINGLE_TUPLE && status != PGRES_TUPLES_OK) {
            error = std::string_view(::PQresultErrorMessage(result.get())).substr(0, 500);
            error = error.empty() ? "it returns no rows" : error.substr(0, error.find('\n'));
            continue;
        }
        const int columns = ::PQnfields(result.get());
        rows.columns.resize(static_cast<std::size_t>(columns));
        for (int i = 0; i < columns; ++i) rows.columns[static_cast<std::size_t>(i)] = ::PQfname(result.get(), i);
        for (int row = 0; row < ::PQntuples(result.get()); ++row) {
            auto& values = rows.values.emplace_back(static_cast<std::size_t>(columns));
            for (int i = 0; i < columns; ++i) {
                if (::PQgetisnull(result.get(), row, i)) continue;
                const auto length = static_cast<std::size_t>(::PQgetlength(result.get(), row, i));
                octets += length;
                values[static_cast<std::size_t>(i)].emplace(::PQgetvalue(result.get(), row, i), length);
            }
        }
        // Hostile: or a mistake, which would fill our memory.
        if (rows.values.size() > most_rows || octets > most_octets) return unreachable("the query has too many rows");
    }
    if (::PQstatus(connection_.get()) == CONNECTION_BAD) return unreachable(error);
    if (!error.empty()) return senseless(error);
    return rows;
}

Postgres::Or<Postgres::Rows> Postgres::run_once(const queries::Statement& statement, const queries::Fields& fields,
                                                Deadline deadline) {
    TRY(send(statement, fields, deadline));
    return receive(deadline);
}

Postgres::Or<Postgres::Rows> Postgres::run(const queries::Statement& statement, std::string_view address,
                                           Deadline deadline) {
    // The server would refuse the octets, which is no trouble of its own: nobody is called so.
    if (address.contains('\0') || !text::is_utf8(address)) return Rows{};
    const auto fields = queries::fields_of(address);
    const bool was_open = connection_ != nullptr;
    if (!was_open) TRY(open(deadline));
    auto rows = run_once(statement, fields, deadline);
    const auto is_gone = [&] { return !rows && rows.error().code == accounts::Error::Code::Busy; };
    if (is_gone()) connection_.reset();
    // It was restarted since, and the connection did not know.
    if (is_gone() && was_open && left(deadline).count() > 0) {
        TRY(open(deadline));
        rows = run_once(statement, fields, deadline);
        if (is_gone()) connection_.reset();
    }
    return rows;
}

Postgres::Or<Postgres::Rows> Postgres::run_for_one(const queries::Statement& statement, std::string_view address,
                                                   Deadline deadline) {
    auto rows = TRY(run(statement, address, deadline));
    if (rows.size() > 1) return senseless("the query has several rows for one address");
    return rows;
}

// ---- questions

accounts::Found<accounts::Account> Postgres::account(std::string_view address) {
    if (!account_query_) return std::nullopt;
    return ask([&](Deadline deadline) -> accounts::Found<accounts::Account> {
        const auto rows = TRY(run_for_one(*account_query_, address, deadline));
        if (rows.size() == 0) return std::nullopt;
        return accounts::Account{.address = std::string(address),
                                 .quota = TRY(quota_in(rows.text("quota"))),
                                 .is_disabled = is_true(rows.text("disabled")),
                                 .source = terms_.settings.name};
    });
}

accounts::Found<accounts::Alias> Postgres::alias(std::string_view name) {
    if (!alias_query_) return std::nullopt;
    return ask([&](Deadline deadline) -> accounts::Found<accounts::Alias> {
        const auto rows = TRY(run(*alias_query_, name, deadline));
        if (rows.size() == 0) return std::nullopt;
        accounts::Alias alias{.name = std::string(name), .targets = {}, .source = terms_.settings.name};
        for (const auto& row : rows.values) {
            auto target = addressing::parse_target(row.empty() ? "" : row.front().value_or(""));
            const bool is_address = target && (target->kind == addressing::Target::Kind::Address ||
                                               target->kind == addressing::Target::Kind::Mailbox);
            // Hostile: programs and files are not to be had from a database.
            if (!is_address) return senseless(fmt::format("the alias {} leads to what is no address", name));
            alias.targets.push_back(*std::move(target));
        }
        return alias;
    });
}

accounts::Found<accounts::Credentials> Postgres::credentials(std::string_view account) {
    if (!password_query_) return std::nullopt;
    return ask([&](Deadline deadline) -> accounts::Found<accounts::Credentials> {
        const auto rows = TRY(run_for_one(*password_query_, account, deadline));
        if (rows.size() == 0) return std::nullopt;
        return accounts::Credentials{.is_disabled = is_true(rows.text("disabled")),
                                     .hash = rows.text("password"),
                                     .scram_sha_256 = keys_in(rows.text("scram_sha_256"), crypto::Digest::Sha256),
                                     .scram_sha_1 = keys_in(rows.text("scram_sha_1"), crypto::Digest::Sha1),
                                     .secret = {},
                                     .app_passwords = {}};
    });
}

}  // namespace sources
