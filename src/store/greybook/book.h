#pragma once
// What greylisting remembers, on disk: who was asked to come again, who has passed, and whom our own people wrote to.
//
// Names are kept as digests: the file says nothing of who writes to whom, and a long name costs no more than a short
// one. Bounded: of each kind so many, the oldest are dropped for new ones; who waits never displaces who is known, so
// that a flood of strangers costs nobody but strangers. What changes is gathered in memory and written together; a
// crash costs what was not.

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "greylist/rules.h"
#include "keyvalue/database.h"

namespace greybook {

using keyvalue::Result;

constexpr std::string_view file_name = "greylist.db";

/// Since the store was made.
struct Counts {
    std::uint64_t returned = 0;     // strangers who had to wait, came again, and were let in
    std::uint64_t seconds = 0;      // that they waited, together
    std::uint64_t never_again = 0;  // attempts of others, who did not
    std::uint64_t displaced = 0;    // forgotten before their time, as there was no room
    bool operator==(const Counts&) const = default;
};
struct Figures {
    Counts counts;
    std::uint64_t waiting = 0;
    std::uint64_t known = 0;  // senders and networks
    std::uint64_t correspondents = 0;
};

struct Rules {
    greylist::Key key = greylist::Key::Proved;
    greylist::Windows windows;
    std::uint64_t entries = 250'000;  // of each kind, at most
};

class Book {
public:
    static constexpr std::size_t most_unwritten = 2'000;
    static constexpr std::size_t most_dropped = 4'000;  // that are over, at one writing

    static Result<std::unique_ptr<Book>> open(const std::string& path, const Rules& rules, keyvalue::Access access);

    void use(const Rules& rules) { rules_ = rules; }
    /// And remembers it. `now` as of greylist::decide().
    Result<greylist::Decision> judge(const greylist::Attempt& attempt, std::int64_t now);
    /// And remembers nothing.
    Result<greylist::Decision> foresee(const greylist::Attempt& attempt, std::int64_t now) const;
    /// Our people wrote to this address.
    Result<> note_correspondent(const std::string& address, std::int64_t now);
    /// What is remembered, to disk; what is over, or too much, out of it.
    Result<> write(std::int64_t now);
    Result<Figures> figures() const;

private:
    enum Kind : std::uint8_t { Waiting, Acquainted, Written };
    struct Place {
        Kind kind;
        std::string digest;
        auto operator<=>(const Place&) const = default;
    };
    using Entry = greylist::Known;  // of who waits, `last` is when he came first

    explicit Book(const Rules& rules) : rules_(rules) {}
    Result<std::optional<Entry>> find(Kind kind, const std::string& name) const;
    Result<greylist::Remembered> remembered(const greylist::Names& names) const;
    Result<> remember(Kind kind, const std::string& name, std::optional<Entry> entry, std::int64_t now);
    Result<> renew(Kind kind, const std::string& name, const std::optional<Entry>& known, std::int64_t now);
    Result<> learn(const greylist::Names& names, const greylist::Remembered& remembered,
                   const greylist::Decision& decision, std::int64_t now);
    Result<> welcome(const greylist::Names& names, const greylist::Remembered& remembered,
                     const greylist::Decision& decision, std::int64_t now);
    static Result<> put(keyvalue::Change& change, const Place& place, const std::optional<Entry>& entry);
    Result<> drop(keyvalue::Change& change, Kind kind, std::int64_t now, Counts& counts) const;

    Rules rules_;
    std::unique_ptr<keyvalue::Database> database_;
    std::map<Place, std::optional<Entry>> unwritten_;  // without: it is to be forgotten
    Counts counts_;                                    // with those that are not written
};

}  // namespace greybook
