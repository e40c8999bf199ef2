#include "keyvalue/database.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <lmdb.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <thread>

#include "keyvalue/structure.h"
#include "lang/try.h"
#include "lang/verify.h"

namespace keyvalue {
namespace {

constexpr std::string_view format_key = "format";
constexpr int free_pages_table = 0;  // LMDB's own
constexpr std::uint64_t least_octets = 64 * 1024;

Error::Code code_of(int result) {
    switch (result) {
        case MDB_MAP_FULL:
        case ENOSPC:
        case EDQUOT:
        case EFBIG: return Error::Code::Full;
        case MDB_CORRUPTED:
        case MDB_INVALID:
        case MDB_PAGE_NOTFOUND:
        case MDB_PANIC:
        case MDB_INCOMPATIBLE: return Error::Code::Damaged;
        case MDB_VERSION_MISMATCH: return Error::Code::Foreign;
        case MDB_READERS_FULL:
        case EAGAIN: return Error::Code::Locked;
        case EACCES:
        case EPERM:
        case EROFS:
        case ELOOP: return Error::Code::Forbidden;
        case ENOENT: return Error::Code::Absent;
        case MDB_BAD_VALSIZE: return Error::Code::Unfit;
        default: return Error::Code::Failed;
    }
}

std::unexpected<Error> failure(int result) {
    return std::unexpected(Error{code_of(result), std::string(::mdb_strerror(result))});
}
std::unexpected<Error> failure(std::string_view deed, int number) {
    return std::unexpected(Error{code_of(number), fmt::format("{}: {}", deed, std::strerror(number))});
}
std::unexpected<Error> damage(std::string detail) {
    return std::unexpected(Error{Error::Code::Damaged, std::move(detail)});
}
Result<> checked(Checked found) {
    if (!found) return damage(std::move(found).error());
    return {};
}

MDB_val value_of(std::string_view octets) { return {octets.size(), const_cast<char*>(octets.data())}; }
std::string_view text_of(const MDB_val& value) { return {static_cast<const char*>(value.mv_data), value.mv_size}; }

class Cursor {
public:
    static Result<Cursor> open(MDB_txn* transaction, unsigned table) {
        MDB_cursor* cursor = nullptr;
        if (const int result = ::mdb_cursor_open(transaction, table, &cursor); result != 0) return failure(result);
        return Cursor(cursor);
    }
    /// False: there is none.
    Result<bool> move(MDB_cursor_op how) {
        const int result = ::mdb_cursor_get(cursor_.get(), &key_, &value_, how);
        if (result == MDB_NOTFOUND) return false;
        if (result != 0) return failure(result);
        return true;
    }
    Result<bool> move_to(std::string_view from) {
        if (from.empty()) return move(MDB_FIRST);
        key_ = value_of(from);
        return move(MDB_SET_RANGE);
    }
    std::string_view key() const { return text_of(key_); }
    std::string_view value() const { return text_of(value_); }

private:
    struct Closes {
        void operator()(MDB_cursor* cursor) const { ::mdb_cursor_close(cursor); }
    };
    explicit Cursor(MDB_cursor* cursor) : cursor_(cursor) {}

    std::unique_ptr<MDB_cursor, Closes> cursor_;
    MDB_val key_{};
    MDB_val value_{};
};

bool is_key(std::string_view key) { return !key.empty() && key.size() <= longest_key; }
std::unexpected<Error> unfit(std::string_view what, std::size_t size) {
    return std::unexpected(Error{Error::Code::Unfit, fmt::format("a {} of {} octets", what, size)});
}

Result<file::Descriptor> open_file(const std::string& path, Access access) {
    const int creating = access == Access::Write ? O_CREAT : 0;
    const int mode = access == Access::Write ? O_RDWR : O_RDONLY;
    file::Descriptor file(::open(path.c_str(), mode | creating | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600));
    if (!file) return failure("open", errno);
    struct stat status{};
    if (::fstat(file.get(), &status) != 0) return failure("stat", errno);
    if (!S_ISREG(status.st_mode)) return damage("it is no file");
    if (status.st_size == 0 && access == Access::Read)
        return std::unexpected(Error{Error::Code::Absent, "nothing has been written to it yet"});
    return file;
}

/// LMDB reads what it finds beside the file as it stands, and follows links.
Result<> check_lock_file(const std::string& path) {
    struct stat status{};
    if (::lstat((path + "-lock").c_str(), &status) != 0) {
        if (errno == ENOENT) return {};
        return failure("stat its lock", errno);
    }
    if (!S_ISREG(status.st_mode)) return damage("its lock is no file");
    return {};
}

}  // namespace

void View::Ends::operator()(MDB_txn* transaction) const {
    ::mdb_txn_abort(transaction);
    --*live;
}

Result<std::optional<std::string_view>> View::get(Table table, std::string_view key) const {
    if (!is_key(key)) return unfit("key", key.size());
    MDB_val wanted = value_of(key);
    MDB_val found{};
    const int result = ::mdb_get(transaction_.get(), tables_->at(table), &wanted, &found);
    if (result == MDB_NOTFOUND) return std::nullopt;
    if (result != 0) return failure(result);
    return text_of(found);
}

Result<> View::range(Table table, std::string_view from, const Visit& visit) const {
    if (!from.empty() && !is_key(from)) return unfit("key", from.size());
    auto cursor = TRY(Cursor::open(transaction_.get(), tables_->at(table)));
    for (bool more = TRY(cursor.move_to(from)); more; more = TRY(cursor.move(MDB_NEXT)))
        if (!visit(cursor.key(), cursor.value())) return {};
    return {};
}

Result<std::optional<std::pair<std::string_view, std::string_view>>> View::first(Table table) const {
    std::optional<std::pair<std::string_view, std::string_view>> found;
    TRY(range(table, "", [&](std::string_view key, std::string_view value) {
        found.emplace(key, value);
        return false;
    }));
    return found;
}

Result<std::uint64_t> View::count(Table table) const {
    MDB_stat statistics{};
    const int result = ::mdb_stat(transaction_.get(), tables_->at(table), &statistics);
    if (result != 0) return failure(result);
    return statistics.ms_entries;
}

Change::Lock::~Lock() {
    if (!is_held_) return;
    ::flock(file_, LOCK_UN);
    *is_held_ = false;
}

// The next one who writes may begin once this one has ended, not before.
Change::~Change() { transaction_.reset(); }

Error Change::noted(Error error) {
    if (!failed_) failed_ = error;
    return error;
}

Result<> Change::put(Table table, std::string_view key, std::string_view value) {
    if (!is_key(key)) return unfit("key", key.size());
    if (value.size() > longest_value) return unfit("value", value.size());
    if (is_full_) return std::unexpected(noted(failure(MDB_MAP_FULL).error()));
    MDB_val where = value_of(key);
    MDB_val what = value_of(value);
    const int result = ::mdb_put(transaction_.get(), tables_->at(table), &where, &what, 0);
    if (result != 0) return std::unexpected(noted(failure(result).error()));
    return {};
}

Result<bool> Change::erase(Table table, std::string_view key) {
    if (!is_key(key)) return unfit("key", key.size());
    MDB_val where = value_of(key);
    const int result = ::mdb_del(transaction_.get(), tables_->at(table), &where, nullptr);
    if (result == MDB_NOTFOUND) return false;
    if (result != 0) return std::unexpected(noted(failure(result).error()));
    return true;
}

Result<> Change::clear(Table table) {
    const int result = ::mdb_drop(transaction_.get(), tables_->at(table), 0);
    if (result != 0) return std::unexpected(noted(failure(result).error()));
    return {};
}

Result<> Change::commit() {
    if (failed_) return std::unexpected(*failed_);
    VERIFY(transaction_);
    auto* const live = transaction_.get_deleter().live;
    const int result = ::mdb_txn_commit(transaction_.release());  // whatever comes of it, it is over
    --*live;
    lock_.reset();
    if (result == 0) return {};
    // LMDB says EIO where fewer octets were written than asked for, which is what a full disk does first.
    auto error = failure(result).error();
    if (result == EIO) error.code = Error::Code::Full;
    return std::unexpected(noted(std::move(error)));
}

void Database::Closes::operator()(MDB_env* environment) const { ::mdb_env_close(environment); }

Result<std::unique_ptr<Database>> Database::open(const std::string& path, Options options) {
    auto file = TRY(open_file(path, options.access));
    TRY(check_lock_file(path));
    std::unique_ptr<Database> database(new Database(path, std::move(options), std::move(file)));
    // Two who find nothing would both make it.
    std::optional<Change::Lock> lock;
    if (database->options_.access == Access::Write) lock.emplace(TRY(database->lock()));
    TRY(database->open_environment());
    TRY(database->verify());
    TRY(database->open_tables());
    return database;
}

Result<> Database::open_environment() {
    struct stat status{};
    if (::fstat(file_.get(), &status) != 0) return failure("stat", errno);
    if (status.st_size != 0) {
        auto head = check_head(file_.get());
        // A reader may have met a writer in the middle of the record that is being written.
        for (int again = 0; !head && again < 3; ++again) head = check_head(file_.get());
        TRY(checked(std::move(head)));
    }
    MDB_env* environment = nullptr;
    if (const int result = ::mdb_env_create(&environment); result != 0) return failure(result);
    environment_.reset(environment);
    options_.most_octets = std::max(options_.most_octets, least_octets);
    ::mdb_env_set_mapsize(environment, (options_.most_octets + options_.most_octets / 2) / 4096 * 4096);
    ::mdb_env_set_maxdbs(environment, static_cast<MDB_dbi>(options_.tables.size()));
    unsigned flags = MDB_NOSUBDIR | MDB_NOTLS;
    if (options_.access == Access::Read) flags |= MDB_RDONLY;
    if (options_.durability == Durability::Recent) flags |= MDB_NOMETASYNC;
    if (const int result = ::mdb_env_open(environment, path_.c_str(), flags, 0600); result != 0) return failure(result);
    MDB_stat statistics{};
    ::mdb_env_stat(environment, &statistics);
    page_size_ = statistics.ms_psize;
    int gone = 0;
    ::mdb_reader_check(environment, &gone);  // those of processes that died
    return {};
}

Result<> Database::verify() const {
    for (int again = 0; again < 5; ++again) {
        const auto view = TRY(begin(MDB_RDONLY));
        const auto is_sound = check_pages(file_.get(), ::mdb_txn_id(view.transaction_.get()));
        if (!is_sound) return damage(is_sound.error());
        if (*is_sound) return {};
    }
    return damage("the lock beside it is another's");
}

Result<> Database::open_tables() {
    auto view = TRY(begin(MDB_RDONLY));
    if (TRY(find_tables(view))) {
        // Handles of tables outlive a transaction only where it is committed.
        const int result = ::mdb_txn_commit(view.transaction_.release());
        --live_;
        if (result != 0) return failure(result);
        return {};
    }
    view.transaction_.reset();
    if (options_.access == Access::Read)
        return std::unexpected(Error{Error::Code::Absent, "nothing has been written to it yet"});
    auto making = TRY(begin(0));
    TRY(make_tables(making));
    const int result = ::mdb_txn_commit(making.transaction_.release());
    --live_;
    if (result != 0) return failure(result);
    return {};
}

/// False: it is new, or a table is. A store of another kind is an error.
Result<bool> Database::find_tables(View& view) {
    MDB_dbi main = 0;
    if (const int result = ::mdb_dbi_open(view.transaction_.get(), nullptr, 0, &main); result != 0)
        return failure(result);
    const std::vector<unsigned> only_main{main};
    tables_ = only_main;
    const auto format = TRY(view.get(0, format_key));
    if (!format && TRY(view.count(0)) == 0) return false;
    if (format != options_.format)
        return std::unexpected(
            Error{Error::Code::Foreign, fmt::format("it is \"{}\", not \"{}\"", format.value_or(""), options_.format)});
    tables_.clear();
    for (const auto& name : options_.tables) {
        MDB_dbi table = 0;
        const int result = ::mdb_dbi_open(view.transaction_.get(), name.c_str(), 0, &table);
        if (result == MDB_NOTFOUND) return false;
        if (result != 0) return failure(result);
        tables_.push_back(table);
    }
    return true;
}

Result<> Database::make_tables(View& view) {
    MDB_dbi main = 0;
    if (const int result = ::mdb_dbi_open(view.transaction_.get(), nullptr, 0, &main); result != 0)
        return failure(result);
    MDB_val key = value_of(format_key);
    MDB_val format = value_of(options_.format);
    if (const int result = ::mdb_put(view.transaction_.get(), main, &key, &format, 0); result != 0)
        return failure(result);
    tables_.clear();
    for (const auto& name : options_.tables) {
        MDB_dbi table = 0;
        if (const int result = ::mdb_dbi_open(view.transaction_.get(), name.c_str(), MDB_CREATE, &table); result != 0)
            return failure(result);
        tables_.push_back(table);
    }
    return {};
}

// Hostile: a file that somebody has cut off ends processes that read it. The two pages in front first, as they say how
// many there are.
Result<> Database::check_length() const {
    struct stat status{};
    if (::fstat(file_.get(), &status) != 0) return failure("stat", errno);
    const auto pages = static_cast<std::uint64_t>(status.st_size) / page_size_;
    if (pages < 2) return damage("its beginning is missing");
    MDB_envinfo info{};
    ::mdb_env_info(environment_.get(), &info);
    if (info.me_last_pgno >= pages) return damage("its end is missing");
    return {};
}

Result<View> Database::begin(unsigned flags) const {
    TRY(check_length());
    MDB_txn* transaction = nullptr;
    int result = ::mdb_txn_begin(environment_.get(), nullptr, flags, &transaction);
    if (result == MDB_MAP_RESIZED && live_ == 0) {  // somebody with a higher bound has written
        ::mdb_env_set_mapsize(environment_.get(), 0);
        result = ::mdb_txn_begin(environment_.get(), nullptr, flags, &transaction);
    }
    if (result == MDB_READERS_FULL) {
        int gone = 0;
        ::mdb_reader_check(environment_.get(), &gone);
        result = ::mdb_txn_begin(environment_.get(), nullptr, flags, &transaction);
    }
    if (result != 0) return failure(result);
    ++live_;
    return View(tables_, std::unique_ptr<MDB_txn, View::Ends>(transaction, View::Ends{&live_}));
}

Result<View> Database::view() const { return begin(MDB_RDONLY); }

// LMDB's own lock waits for ever. Whoever has ours finds that one free, unless its owner died, which LMDB mends.
Result<Change::Lock> Database::lock() {
    if (is_changing_) return std::unexpected(Error{Error::Code::Locked, "by ourselves"});
    const auto end = std::chrono::steady_clock::now() + options_.patience;
    while (::flock(file_.get(), LOCK_EX | LOCK_NB) != 0) {
        if (errno == EINTR) continue;
        if (errno != EWOULDBLOCK) return failure("lock", errno);
        if (std::chrono::steady_clock::now() >= end)
            return std::unexpected(Error{Error::Code::Locked, fmt::format("for {} ms", options_.patience.count())});
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return Change::Lock(file_.get(), is_changing_);
}

Result<Change> Database::change() {
    if (options_.access == Access::Read)
        return std::unexpected(Error{Error::Code::Forbidden, "it was opened for reading"});
    auto lock = TRY(this->lock());
    const auto in_use = TRY(room());
    return Change(TRY(begin(0)), std::move(lock), in_use.used >= in_use.most);
}

Result<Room> Database::room() const {
    const auto view = TRY(begin(MDB_RDONLY));
    MDB_envinfo info{};
    ::mdb_env_info(environment_.get(), &info);
    Room room{.used = (info.me_last_pgno + 1) * page_size_, .most = options_.most_octets};
    if (room.used < room.most) return room;  // whatever of it is free
    std::uint64_t free = 0;
    auto cursor = TRY(Cursor::open(view.transaction_.get(), free_pages_table));
    for (bool more = TRY(cursor.move(MDB_FIRST)); more; more = TRY(cursor.move(MDB_NEXT))) {
        std::uint64_t pages = 0;
        std::memcpy(&pages, cursor.value().data(), std::min(sizeof pages, cursor.value().size()));
        free += pages;
    }
    room.used -= std::min(free, info.me_last_pgno) * page_size_;
    return room;
}

bool Database::is_replaced() const {
    struct stat ours{};
    struct stat there{};
    return ::fstat(file_.get(), &ours) != 0 || ::lstat(path_.c_str(), &there) != 0 || ours.st_ino != there.st_ino ||
           ours.st_dev != there.st_dev;
}

Result<> set_aside(const std::string& path) {
    // The lock counts changes of the file that goes; with a new one it would begin in the middle.
    if (::unlink((path + "-lock").c_str()) != 0 && errno != ENOENT) return failure("remove its lock", errno);
    if (::rename(path.c_str(), (path + ".damaged").c_str()) != 0 && errno != ENOENT) return failure("rename", errno);
    return {};
}

}  // namespace keyvalue
