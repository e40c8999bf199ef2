#pragma once
// The mailing lists of this server, their members, and what is under way with them: an SQLite database of the user that
// lists run as. `hermod list` writes it, and so does the program that takes a list's mail.
//
// What is under way is kept so that a crash costs nobody a posting, and at most one member a second copy: a posting has
// a number, and goes to the members in the order of theirs; how far it has come is written down after each.

#include <chrono>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "accounts/sqlite.h"
#include "lists/health.h"
#include "lists/letters.h"
#include "lists/settings.h"

namespace listbook {

using Error = accounts::Error;
template <typename T>
using Result = std::expected<T, Error>;

struct Entry {
    std::int64_t id = 0;
    lists::List list;
};

struct Member {
    std::int64_t id = 0;
    std::string address;
    lists::Health health;
    std::int64_t since = 0;  // seconds since 1970
    bool operator==(const Member&) const = default;
};

enum class Role : std::uint8_t { Owner, Moderator };

/// What somebody wants and has yet to confirm.
struct Request {
    std::int64_t id = 0;
    lists::Wish wish = lists::Wish::Subscribe;
    std::string address;
};

struct Posting {
    enum class State : std::uint8_t { Held, Sending, Done };
    std::int64_t id = 0;
    State state = State::Sending;
    std::int64_t progress = 0;  // the member it went to last; of a held one: 1, the moderators know
    std::int64_t last = 0;      // the member it goes to last
    std::string sender;         // its reverse-path
    std::string message;        // of a held one
    std::int64_t came = 0;      // seconds since 1970
};

class Database {
public:
    static Result<std::unique_ptr<Database>> open(const std::string& path, accounts::Connection::Missing missing,
                                                  std::chrono::milliseconds patience);

    Result<void> begin() { return connection_.run("BEGIN IMMEDIATE"); }
    Result<void> commit() { return connection_.run("COMMIT"); }
    void roll_back();

    /// Error::Code::Exists where the address is taken.
    Result<std::int64_t> add(const lists::List& list, std::int64_t now);
    Result<std::optional<Entry>> find(std::string_view name, std::string_view domain);
    Result<std::vector<Entry>> all();
    Result<void> change(const Entry& entry);
    Result<void> remove(std::int64_t list);

    // The booleans: whether it was not so before.
    Result<bool> add_member(std::int64_t list, std::string_view address, std::int64_t now);
    Result<bool> remove_member(std::int64_t list, std::string_view address);
    Result<std::optional<Member>> member(std::int64_t list, std::string_view address);
    Result<std::optional<Member>> member(std::int64_t list, std::int64_t id);
    /// Those behind `after`, up to `last`, in the order of their numbers.
    Result<std::vector<Member>> members(std::int64_t list, std::int64_t after, std::int64_t last, std::int64_t most);
    Result<std::int64_t> count_members(std::int64_t list);
    Result<std::int64_t> last_member(std::int64_t list);
    Result<void> set_health(std::int64_t member, const lists::Health& health);

    Result<bool> add_person(std::int64_t list, Role role, std::string_view address);
    Result<bool> remove_person(std::int64_t list, Role role, std::string_view address);
    Result<std::vector<std::string>> people(std::int64_t list, Role role);

    /// None: the same was asked for within a day. Hostile: whoever writes with other people's addresses must not have
    /// us fill their mailboxes; nor keep others from joining, so the oldest request gives way to the newest.
    Result<std::optional<std::int64_t>> add_request(std::int64_t list, lists::Wish wish, std::string_view address,
                                                    std::int64_t now);
    /// Whether a letter that anybody can have sent to this address may go there: one a day.
    Result<bool> may_send_help(std::int64_t list, std::string_view address, std::int64_t now);
    Result<void> forget_help(std::int64_t list, std::string_view address);
    Result<std::optional<Request>> request(std::int64_t list, std::int64_t id);
    Result<void> remove_request(std::int64_t id);

    /// By what tells one message from another.
    Result<std::optional<Posting>> posting(std::int64_t list, std::string_view key);
    Result<std::optional<Posting>> posting(std::int64_t list, std::int64_t id);
    Result<Posting> add_posting(std::int64_t list, std::string_view key, const Posting& posting, std::int64_t now);
    Result<void> set_progress(std::int64_t posting, std::int64_t progress);
    Result<void> set_state(std::int64_t posting, Posting::State state, std::int64_t last);
    /// Its text goes, its key stays a while.
    Result<void> finish(std::int64_t posting);
    Result<std::int64_t> count_held(std::int64_t list);

    /// What has had its time: requests, held postings, the keys of those that are done.
    Result<void> forget(std::int64_t now);

    static constexpr std::int64_t request_days = 5;
    static constexpr std::int64_t held_days = 10;
    static constexpr std::int64_t most_requests = 10'000;  // of one list at a time
    static constexpr std::int64_t most_requests_an_hour = 500;
    static constexpr std::int64_t most_helped = 10'000;  // likewise, addresses that were sent help within a day
    static constexpr std::int64_t most_held = 200;

private:
    explicit Database(accounts::Connection connection) : connection_(std::move(connection)) {}

    Result<void> make_room(std::string_view table, std::string_view age, std::int64_t list, std::int64_t most);

    accounts::Connection connection_;
};

}  // namespace listbook
