#pragma once
// Tables of keys and values in one file that several processes have open: what mail is judged by and does without where
// it must (the greylist, the words of the Bayes filter). The only place that knows LMDB.
//
//   auto database = TRY(keyvalue::Database::open(path, {.format = "hermod greylist 1", .tables = {"seen", "known"}}));
//   auto change = TRY(database->change());
//   TRY(change.put(seen, key, value));
//   TRY(change.commit());
//   const auto view = TRY(database->view());
//   if (const auto found = TRY(view.get(seen, key))) …
//
// Readers see the store as it was when their view began, hold up nobody, and copy nothing: what they are given lies in
// the file's map. One process writes at a time. A view keeps what was erased since from being used again: never keep
// one.
//
// Durability. A change is whole or absent, whatever happens. Its pages are synced before the record that makes them
// valid, so a crash of the machine never damages the store; Durability::Recent leaves that record itself to the kernel,
// which may cost the changes of the last seconds and saves one sync of two. LMDB's MDB_NOSYNC is not offered:
// filesystems write pages in any order, and a record on disk before its pages is a damaged store. Who changes often
// gathers, and commits once a second.
//
// Hostile: the file may be anything. Its structure is verified page by page when it is opened, and that it has not
// become shorter whenever a view or change begins: LMDB itself believes what it reads, and memory behind the end of a
// file is SIGBUS. What writes to the file meanwhile must be this part. The file and its lock belong to one user: root
// becomes that user before it opens them.
//
// A process has a file open once, and not across fork(): the locks are the process's. The database outlives its views
// and changes; there is one change at a time.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "file/descriptor.h"
#include "keyvalue/error.h"

struct MDB_env;
struct MDB_txn;

namespace keyvalue {

constexpr std::size_t longest_key = 511;
constexpr std::size_t longest_value = 1 << 20;

/// Which of Options::tables.
using Table = std::size_t;

enum class Access : std::uint8_t {
    Write,  // the file and its tables are made where they are missing
    Read,   // the lock beside the file is written all the same
};
enum class Durability : std::uint8_t {
    Everything,  // what is committed is on disk
    Recent,      // may be undone by a crash of the machine (not of the process)
};

struct Options {
    std::string format;  // what this is a store of, and the version of its values
    std::vector<std::string> tables;
    std::uint64_t most_octets = 64 << 20;  // in use; address space, not memory. The file may be half as long again
    Access access = Access::Write;
    Durability durability = Durability::Everything;
    std::chrono::milliseconds patience{100};  // with others who write; one who waits does nothing else
};

/// How much of the file is in use. Once it is `most` nothing is put any more; to erase there is still room, as each
/// change writes the pages that it touches anew. So no change should touch more than a part of the store.
struct Room {
    std::uint64_t used = 0;  // octets
    std::uint64_t most = 0;
};

using Visit = std::function<bool(std::string_view key, std::string_view value)>;  // false: enough

/// What is handed out is valid as long as the view, and of a change until its next put or erase.
class View {
public:
    Result<std::optional<std::string_view>> get(Table table, std::string_view key) const;
    /// From the first key that is not before `from`, in their order (octet by octet).
    Result<> range(Table table, std::string_view from, const Visit& visit) const;
    Result<std::optional<std::pair<std::string_view, std::string_view>>> first(Table table) const;
    Result<std::uint64_t> count(Table table) const;

protected:
    friend class Database;
    struct Ends {
        std::size_t* live = nullptr;  // of the database
        void operator()(MDB_txn* transaction) const;
    };
    View(const std::vector<unsigned>& tables, std::unique_ptr<MDB_txn, Ends> transaction)
        : tables_(&tables), transaction_(std::move(transaction)) {}

    const std::vector<unsigned>* tables_;
    std::unique_ptr<MDB_txn, Ends> transaction_;
};

/// Undone unless it is committed. After an error it cannot be, and after commit() it is over.
class Change : public View {
public:
    Change(Change&&) = default;
    Change& operator=(Change&&) = delete;
    ~Change();

    /// In place of what is there.
    Result<> put(Table table, std::string_view key, std::string_view value);
    /// Whether it was there.
    Result<bool> erase(Table table, std::string_view key);
    Result<> clear(Table table);
    Result<> commit();

private:
    friend class Database;
    class Lock {  // of those who write, held
    public:
        Lock(int file, bool& is_held) : file_(file), is_held_(&is_held) { is_held = true; }
        Lock(Lock&& other) noexcept : file_(other.file_), is_held_(std::exchange(other.is_held_, nullptr)) {}
        ~Lock();

    private:
        int file_;
        bool* is_held_;
    };
    Change(View view, Lock lock, bool is_full) : View(std::move(view)), lock_(std::move(lock)), is_full_(is_full) {}
    Error noted(Error error);

    std::optional<Lock> lock_;  // until it is over
    bool is_full_;
    std::optional<Error> failed_;
};

class Database {
public:
    static Result<std::unique_ptr<Database>> open(const std::string& path, Options options);

    Result<View> view() const;
    Result<Change> change();
    Result<Room> room() const;
    /// At its path there is another file by now, or none: what this one has is the past.
    bool is_replaced() const;

private:
    struct Closes {
        void operator()(MDB_env* environment) const;
    };
    Database(std::string path, Options options, file::Descriptor file)
        : path_(std::move(path)), options_(std::move(options)), file_(std::move(file)) {}

    Result<> open_environment();
    Result<> verify() const;
    Result<> open_tables();
    Result<bool> find_tables(View& view);
    Result<> make_tables(View& view);
    Result<> check_length() const;
    Result<View> begin(unsigned flags) const;
    Result<Change::Lock> lock();

    std::string path_;
    Options options_;
    file::Descriptor file_;
    std::unique_ptr<MDB_env, Closes> environment_;
    std::uint64_t page_size_ = 0;
    std::vector<unsigned> tables_;  // LMDB's handles
    bool is_changing_ = false;
    mutable std::size_t live_ = 0;  // views and changes
};

/// Puts what cannot be used out of the way, as PATH.damaged, so that a new store can begin. Nobody who has it open is
/// disturbed.
Result<> set_aside(const std::string& path);

}  // namespace keyvalue
