#include "accounts/sqlite.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include "lang/try.h"

namespace accounts {
namespace {

Error::Code code_of(int result) {
    if (result == SQLITE_CONSTRAINT_UNIQUE || result == SQLITE_CONSTRAINT_PRIMARYKEY) return Error::Code::Exists;
    switch (result & 0xff) {
        case SQLITE_BUSY:
        case SQLITE_LOCKED: return Error::Code::Busy;
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB: return Error::Code::Damaged;
        case SQLITE_CANTOPEN:
        case SQLITE_PERM:
        case SQLITE_READONLY:
        case SQLITE_AUTH: return Error::Code::Forbidden;
        case SQLITE_FULL: return Error::Code::Full;
        default: return Error::Code::Failed;
    }
}

std::unexpected<Error> failure(sqlite3* database, int result) {
    return std::unexpected(Error{code_of(result), database ? ::sqlite3_errmsg(database) : ::sqlite3_errstr(result)});
}

constexpr const char* preparations = R"(
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA foreign_keys = ON;
    PRAGMA cell_size_check = ON;
    PRAGMA mmap_size = 0;
    PRAGMA cache_size = -8192;
)";

}  // namespace

std::string_view describe(Error::Code code) {
    switch (code) {
        case Error::Code::Busy: return "it is locked by another program";
        case Error::Code::Damaged: return "it is damaged";
        case Error::Code::Forbidden: return "it cannot be opened";
        case Error::Code::Full: return "the disk is full";
        case Error::Code::Newer: return "it was made by a newer Hermod";
        case Error::Code::Exists: return "it has that already";
        case Error::Code::Failed: break;
    }
    return "it cannot be used";
}

std::string to_text(const Error& error) { return fmt::format("{} ({})", describe(error.code), error.detail); }

std::expected<bool, Error> Rows::next() {
    const int result = ::sqlite3_step(statement_);
    if (result == SQLITE_ROW) return true;
    if (result == SQLITE_DONE) return false;
    return failure(::sqlite3_db_handle(statement_), result);
}

std::string Rows::text(int column) const {
    const auto* octets = reinterpret_cast<const char*>(::sqlite3_column_text(statement_, column));
    return octets ? std::string(octets, static_cast<std::size_t>(::sqlite3_column_bytes(statement_, column))) : "";
}

std::expected<Connection, Error> Connection::open(const std::string& path, Missing missing,
                                                  std::chrono::milliseconds patience) {
    struct stat file{};
    // Nothing is what a disk that lost it has left; a new database has a header from its first moment.
    if (missing == Missing::Fails && ::lstat(path.c_str(), &file) == 0 && S_ISREG(file.st_mode) && file.st_size == 0)
        return std::unexpected(Error{Error::Code::Damaged, path + " is empty"});
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_EXRESCODE |
                      (missing == Missing::IsCreated ? SQLITE_OPEN_CREATE : 0);
    sqlite3* opened = nullptr;
    const int result = ::sqlite3_open_v2(path.c_str(), &opened, flags, nullptr);
    Connection connection(opened);
    if (result != SQLITE_OK) return failure(opened, result);
    ::sqlite3_busy_timeout(opened, static_cast<int>(patience.count()));
    // Hostile: whoever breaks into directory can write the file; its schema must not make others run anything.
    ::sqlite3_db_config(opened, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    ::sqlite3_db_config(opened, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
    ::sqlite3_db_config(opened, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, nullptr);
    ::sqlite3_db_config(opened, SQLITE_DBCONFIG_ENABLE_VIEW, 0, nullptr);
    TRY(connection.run(preparations));
    return connection;
}

std::expected<Statement, Error> Connection::prepare(std::string_view sql) {
    sqlite3_stmt* statement = nullptr;
    const int result = ::sqlite3_prepare_v3(database_.get(), sql.data(), static_cast<int>(sql.size()),
                                            SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
    if (result != SQLITE_OK) return failure(database_.get(), result);
    return Statement(statement);
}

std::expected<void, Error> Connection::run(const char* sql) {
    const int result = ::sqlite3_exec(database_.get(), sql, nullptr, nullptr, nullptr);
    if (result != SQLITE_OK) return failure(database_.get(), result);
    return {};
}

std::expected<std::int64_t, Error> Connection::number(std::string_view sql) {
    auto statement = TRY(prepare(sql));
    auto rows = statement.with();
    if (!TRY(rows.next())) return 0;
    return rows.number(0);
}

}  // namespace accounts
