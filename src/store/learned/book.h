#pragma once
// What the filter that learns has seen: for the server, and for each account that has its own, how many messages of
// each kind, in how many of them each token was, and which messages those were. In the file "bayes" of policyd's
// folder, which policyd maps and reads; commands and policyd write, one at a time.
//
//   auto lessons = TRY(book->begin(today));
//   TRY(lessons.learn("", bayes::tokens_of(message), learned::Kind::Spam));
//   TRY(lessons.commit());
//
// No message counts twice: it is known by its identity. One that was learned as the other kind is corrected. Whoever
// learns much commits every most_lessons messages.
//
// Hostile: the texts are strangers', so everything has a most; what is seldom and was seen long ago goes first. The
// file may be anything (keyvalue/database.h); counts that cannot be are taken as they stand and harm nobody.

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bayes/classification.h"
#include "bayes/tokens.h"
#include "keyvalue/database.h"

namespace learned {

template <typename T = void>
using Result = keyvalue::Result<T>;

enum class Kind : std::uint8_t { Spam = 1, Ham = 2 };

/// What became of a message that was to be learned.
enum class Lesson : std::uint8_t { Learned, Corrected, Known };

/// Days since 1970.
using Day = std::uint16_t;
Day today(std::chrono::system_clock::time_point now);

struct Limits {
    std::uint64_t tokens = 1'000'000;  // of all accounts; some 50 octets of the file each
    std::uint64_t messages = 200'000;  // that are remembered
    std::chrono::milliseconds patience{2'000};
};

constexpr std::size_t most_lessons = 200;
constexpr std::size_t longest_account = 255;

struct AccountSummary {
    std::string account;  // empty: the server's
    bayes::Counts learned;
};
struct Summary {
    std::vector<AccountSummary> accounts;
    std::uint64_t tokens = 0;
    std::uint64_t messages = 0;
    keyvalue::Room room;
};

/// Of one change.
class Lessons {
public:
    Result<Lesson> learn(std::string_view account, const bayes::Tokens& message, Kind kind);
    /// Whether it had been learned.
    Result<bool> unlearn(std::string_view account, const bayes::Tokens& message);
    Result<> commit() { return change_.commit(); }

private:
    friend class Book;
    Lessons(keyvalue::Change change, Day day, Limits limits) : change_(std::move(change)), day_(day), limits_(limits) {}

    Result<> count(const std::string& account, std::span<const bayes::Token> tokens, Kind kind, bool up);
    Result<> count_message(const std::string& key, std::string_view account, Kind kind, bool up);

    keyvalue::Change change_;
    Day day_;
    Limits limits_;
};

class Book {
public:
    static Result<std::unique_ptr<Book>> open(const std::string& path, keyvalue::Access access, Limits limits = {});

    Result<Lessons> begin(Day day);
    Result<bayes::Counts> learned(std::string_view account) const;
    Result<bayes::Classification> classify(std::string_view account, const bayes::Tokens& message,
                                           std::size_t deciding = 0) const;
    Result<Summary> summary() const;
    /// Erases at most so many tokens and messages where there are more than the limits say; how many. Those seen in one
    /// message alone go first, then the oldest, until a quarter of the room is free.
    Result<std::uint64_t> expire(std::uint64_t most);
    /// Erases at most so many that were not seen since that day.
    Result<std::uint64_t> forget_before(Day day, std::uint64_t most);
    /// All of an account; false: there was nothing.
    Result<bool> forget(std::string_view account);
    bool is_replaced() const { return database_->is_replaced(); }

private:
    Book(std::unique_ptr<keyvalue::Database> database, Limits limits)
        : database_(std::move(database)), limits_(limits) {}

    struct Old;  // what goes: one rank after another
    Result<std::uint64_t> erase(keyvalue::Table table, const Old& old, std::uint64_t most);
    Result<std::uint64_t> expire(keyvalue::Table table, std::uint64_t bound, std::uint64_t most);

    std::unique_ptr<keyvalue::Database> database_;
    Limits limits_;
};

/// In the folder of policyd.
constexpr const char* file_name = "bayes";

}  // namespace learned
