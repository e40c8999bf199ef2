#pragma once
// SQLite as Hermod uses it: one file, one thread, prepared statements. Names from outside are bound as values and are
// never part of a statement.
//
//   auto rows = select.with(domain, local_part);
//   while (TRY(rows.next())) use(rows.text(0), rows.number(1));

#include <sqlite3.h>

#include <chrono>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "accounts/error.h"
#include "lang/try.h"

namespace accounts {

struct Closes {
    void operator()(sqlite3* database) const { ::sqlite3_close_v2(database); }
    void operator()(sqlite3_stmt* statement) const { ::sqlite3_finalize(statement); }
};

/// A statement that runs. It holds what it reads as it was when it began, so it must not be kept.
class Rows {
public:
    explicit Rows(sqlite3_stmt* statement) : statement_(statement) {}
    ~Rows() {
        ::sqlite3_reset(statement_);
        ::sqlite3_clear_bindings(statement_);
    }
    Rows(const Rows&) = delete;
    Rows& operator=(const Rows&) = delete;

    /// False: no more.
    std::expected<bool, Error> next();
    std::string text(int column) const;
    std::int64_t number(int column) const { return ::sqlite3_column_int64(statement_, column); }
    bool is_null(int column) const { return ::sqlite3_column_type(statement_, column) == SQLITE_NULL; }

private:
    sqlite3_stmt* statement_;
};

class Statement {
public:
    Statement() = default;
    explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}

    template <typename... Values>
    Rows with(const Values&... values) {
        int column = 0;
        (bind(++column, values), ...);
        return Rows(statement_.get());
    }
    /// One that returns no rows: how many it changed.
    template <typename... Values>
    std::expected<std::int64_t, Error> run(const Values&... values) {
        auto rows = with(values...);
        if (auto stepped = rows.next(); !stepped) return std::unexpected(std::move(stepped).error());
        return ::sqlite3_changes64(::sqlite3_db_handle(statement_.get()));
    }

private:
    void bind(int column, std::string_view text) {
        const char* octets = text.data() ? text.data() : "";  // no text is not the same as an empty one
        ::sqlite3_bind_text64(statement_.get(), column, octets, text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
    }
    void bind(int column, std::int64_t number) { ::sqlite3_bind_int64(statement_.get(), column, number); }

    std::unique_ptr<sqlite3_stmt, Closes> statement_;
};

class Connection {
public:
    enum class Missing : std::uint8_t { Fails, IsCreated };

    /// Write-ahead log, synced at every commit, foreign keys, defences against a file that lies.
    static std::expected<Connection, Error> open(const std::string& path, Missing missing,
                                                 std::chrono::milliseconds patience);

    std::expected<Statement, Error> prepare(std::string_view sql);
    /// Without values.
    std::expected<void, Error> run(const char* sql);
    std::expected<std::int64_t, Error> number(std::string_view sql);
    /// One that returns no rows, with its values: how many it changed.
    template <typename... Values>
    std::expected<std::int64_t, Error> change_by(std::string_view sql, const Values&... values);
    template <typename... Values>
    std::expected<void, Error> run_by(std::string_view sql, const Values&... values);
    /// `read` makes a T of each row.
    template <typename T, typename Read, typename... Values>
    std::expected<std::vector<T>, Error> read_all(std::string_view sql, const Read& read, const Values&... values);
    template <typename T, typename Read, typename... Values>
    std::expected<std::optional<T>, Error> read_one(std::string_view sql, const Read& read, const Values&... values);
    std::int64_t last_row() const { return ::sqlite3_last_insert_rowid(database_.get()); }
    bool is_in_transaction() const { return ::sqlite3_get_autocommit(database_.get()) == 0; }
    sqlite3* handle() const { return database_.get(); }

private:
    explicit Connection(sqlite3* database) : database_(database) {}

    std::unique_ptr<sqlite3, Closes> database_;
};

template <typename... Values>
std::expected<std::int64_t, Error> Connection::change_by(std::string_view sql, const Values&... values) {
    auto statement = prepare(sql);
    if (!statement) return std::unexpected(std::move(statement).error());
    return statement->run(values...);
}

template <typename... Values>
std::expected<void, Error> Connection::run_by(std::string_view sql, const Values&... values) {
    auto changed = change_by(sql, values...);
    if (!changed) return std::unexpected(std::move(changed).error());
    return {};
}

template <typename T, typename Read, typename... Values>
std::expected<std::vector<T>, Error> Connection::read_all(std::string_view sql, const Read& read,
                                                          const Values&... values) {
    auto statement = TRY(prepare(sql));
    auto rows = statement.with(values...);
    std::vector<T> all;
    while (TRY(rows.next())) all.push_back(read(rows));
    return all;
}

template <typename T, typename Read, typename... Values>
std::expected<std::optional<T>, Error> Connection::read_one(std::string_view sql, const Read& read,
                                                            const Values&... values) {
    auto statement = TRY(prepare(sql));
    auto rows = statement.with(values...);
    if (!TRY(rows.next())) return std::nullopt;
    return read(rows);
}

}  // namespace accounts
