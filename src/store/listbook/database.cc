#include "listbook/database.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "lang/try.h"
#include "listbook/schema.h"
#include "text/ascii.h"

namespace listbook {
namespace {

using accounts::Rows;
using State = lists::Health::State;

constexpr std::int64_t hour = 3'600;
constexpr std::int64_t day = 24 * hour;

/// Hostile: the file may have been written by anybody who got at it; what is no value becomes the strictest one.
template <typename Enum>
Enum checked(std::int64_t number, Enum most, Enum otherwise) {
    return number >= 0 && number <= std::to_underlying(most) ? static_cast<Enum>(number) : otherwise;
}

Entry entry_in(const Rows& rows) {
    return {.id = rows.number(0),
            .list = {.name = rows.text(1),
                     .domain = rows.text(2),
                     .description = rows.text(3),
                     .posting = checked(rows.number(4), lists::Posting::Nobody, lists::Posting::Nobody),
                     .others = checked(rows.number(5), lists::Others::Reject, lists::Others::Reject),
                     .subscription = checked(rows.number(6), lists::Subscription::Closed, lists::Subscription::Closed),
                     .message_size = static_cast<std::uint64_t>(rows.number(7)),
                     .unsubscribe_url = rows.text(8),
                     .subject_prefix = rows.text(9),
                     .footer = rows.text(10),
                     .rewrite_from = checked(rows.number(11), lists::RewriteFrom::Never, lists::RewriteFrom::Always),
                     .secret = rows.text(12)}};
}
constexpr std::string_view entry_columns =
    "SELECT id, name, domain, description, posting, others, subscription, message_size, unsubscribe_url, "
    "subject_prefix, footer, rewrite_from, secret FROM list ";

Member member_in(const Rows& rows) {
    return {.id = rows.number(0),
            .address = rows.text(1),
            .health = {.state = checked(rows.number(2), State::Probed, State::Fine),
                       .since = rows.number(3),
                       .last = rows.number(4),
                       .bounces = static_cast<std::uint32_t>(rows.number(5))},
            .since = rows.number(6)};
}
constexpr std::string_view member_columns =
    "SELECT id, address, state, state_since, last_bounce, bounces, since FROM member ";

Posting posting_in(const Rows& rows) {
    return {.id = rows.number(0),
            .state = checked(rows.number(1), Posting::State::Done, Posting::State::Done),
            .progress = rows.number(2),
            .last = rows.number(3),
            .sender = rows.text(4),
            .message = rows.text(5),
            .came = rows.number(6)};
}
constexpr std::string_view posting_columns = "SELECT id, state, progress, last, sender, message, came FROM posting ";

std::string text_of(const Rows& rows) { return rows.text(0); }
std::int64_t number_of(const Rows& rows) { return rows.number(0); }

std::string with(std::string_view columns, std::string_view rest) { return std::string(columns).append(rest); }

template <typename Enum>
std::int64_t number(Enum value) {
    return std::to_underlying(value);
}

}  // namespace

Result<std::unique_ptr<Database>> Database::open(const std::string& path, accounts::Connection::Missing missing,
                                                 std::chrono::milliseconds patience) {
    std::unique_ptr<Database> opened(new Database(TRY(accounts::Connection::open(path, missing, patience))));
    TRY(migrate(opened->connection_));
    return opened;
}

void Database::roll_back() {
    if (connection_.is_in_transaction()) static_cast<void>(connection_.run("ROLLBACK"));
}

Result<std::int64_t> Database::add(const lists::List& list, std::int64_t now) {
    TRY(connection_.run_by(
        "INSERT INTO list (name, domain, description, posting, others, subscription, message_size, "
        "unsubscribe_url, subject_prefix, footer, rewrite_from, secret, created) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
        "?, ?, ?)",
        list.name, list.domain, list.description, number(list.posting), number(list.others), number(list.subscription),
        static_cast<std::int64_t>(list.message_size), list.unsubscribe_url, list.subject_prefix, list.footer,
        number(list.rewrite_from), list.secret, now));
    return connection_.last_row();
}

Result<std::optional<Entry>> Database::find(std::string_view name, std::string_view domain) {
    return connection_.read_one<Entry>(with(entry_columns, "WHERE name = ? AND domain = ?"), entry_in, name, domain);
}

Result<std::vector<Entry>> Database::all() {
    return connection_.read_all<Entry>(with(entry_columns, "ORDER BY domain, name"), entry_in);
}

Result<void> Database::change(const Entry& entry) {
    const auto& list = entry.list;
    TRY(connection_.run_by(
        "UPDATE list SET description = ?, posting = ?, others = ?, subscription = ?, message_size = ?, "
        "unsubscribe_url = ?, subject_prefix = ?, footer = ?, rewrite_from = ? WHERE id = ?",
        list.description, number(list.posting), number(list.others), number(list.subscription),
        static_cast<std::int64_t>(list.message_size), list.unsubscribe_url, list.subject_prefix, list.footer,
        number(list.rewrite_from), entry.id));
    return {};
}

Result<void> Database::remove(std::int64_t list) {
    TRY(connection_.run_by("DELETE FROM list WHERE id = ?", list));
    return {};
}

Result<bool> Database::add_member(std::int64_t list, std::string_view address, std::int64_t now) {
    return TRY(connection_.change_by(
               "INSERT INTO member (list, address, key, since) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING", list,
               address, text::lower(address), now)) > 0;
}

Result<bool> Database::remove_member(std::int64_t list, std::string_view address) {
    return TRY(connection_.change_by("DELETE FROM member WHERE list = ? AND key = ?", list, text::lower(address))) > 0;
}

Result<std::optional<Member>> Database::member(std::int64_t list, std::string_view address) {
    return connection_.read_one<Member>(with(member_columns, "WHERE list = ? AND key = ?"), member_in, list,
                                        text::lower(address));
}

Result<std::optional<Member>> Database::member(std::int64_t list, std::int64_t id) {
    return connection_.read_one<Member>(with(member_columns, "WHERE list = ? AND id = ?"), member_in, list, id);
}

Result<std::vector<Member>> Database::members(std::int64_t list, std::int64_t after, std::int64_t last,
                                              std::int64_t most) {
    return connection_.read_all<Member>(
        with(member_columns, "WHERE list = ? AND id > ? AND id <= ? ORDER BY id LIMIT ?"), member_in, list, after, last,
        most);
}

Result<std::int64_t> Database::count_members(std::int64_t list) {
    return TRY(connection_.read_one<std::int64_t>("SELECT count(*) FROM member WHERE list = ?", number_of, list))
        .value_or(0);
}

Result<std::int64_t> Database::last_member(std::int64_t list) {
    return TRY(connection_.read_one<std::int64_t>("SELECT coalesce(max(id), 0) FROM member WHERE list = ?", number_of,
                                                  list))
        .value_or(0);
}

Result<void> Database::set_health(std::int64_t member, const lists::Health& health) {
    TRY(connection_.run_by("UPDATE member SET state = ?, state_since = ?, last_bounce = ?, bounces = ? WHERE id = ?",
                           number(health.state), health.since, health.last, std::int64_t{health.bounces}, member));
    return {};
}

Result<bool> Database::add_person(std::int64_t list, Role role, std::string_view address) {
    return TRY(connection_.change_by(
               "INSERT INTO person (list, role, address, key) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING", list,
               number(role), address, text::lower(address))) > 0;
}

Result<bool> Database::remove_person(std::int64_t list, Role role, std::string_view address) {
    return TRY(connection_.change_by("DELETE FROM person WHERE list = ? AND role = ? AND key = ?", list, number(role),
                                     text::lower(address))) > 0;
}

Result<std::vector<std::string>> Database::people(std::int64_t list, Role role) {
    return connection_.read_all<std::string>("SELECT address FROM person WHERE list = ? AND role = ? ORDER BY key",
                                             text_of, list, number(role));
}

Result<std::optional<std::int64_t>> Database::add_request(std::int64_t list, lists::Wish wish, std::string_view address,
                                                          std::int64_t now) {
    const auto key = text::lower(address);
    TRY(connection_.run_by("DELETE FROM request WHERE list = ? AND wish = ? AND key = ? AND asked <= ?", list,
                           number(wish), key, now - day));
    // Hostile: each letter goes to whoever a stranger names.
    const auto asked = TRY(connection_.read_one<std::int64_t>(
        "SELECT count(*) FROM request WHERE list = ? AND asked > ?", number_of, list, now - hour));
    if (asked.value_or(0) >= most_requests_an_hour) return std::nullopt;
    const auto added = TRY(connection_.change_by(
        "INSERT INTO request (list, wish, address, key, asked) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING", list,
        number(wish), address, key, now));
    if (added == 0) return std::nullopt;
    const auto id = connection_.last_row();
    TRY(make_room("request", "id", list, most_requests));
    return id;
}

Result<bool> Database::may_send_help(std::int64_t list, std::string_view address, std::int64_t now) {
    const auto changed = TRY(connection_.change_by(
        "INSERT INTO helped (list, key, sent) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET sent = excluded.sent "
        "WHERE sent <= ?",
        list, text::lower(address), now, now - day));
    if (changed == 0) return false;
    TRY(make_room("helped", "sent", list, most_helped));
    return true;
}

Result<void> Database::forget_help(std::int64_t list, std::string_view address) {
    return connection_.run_by("DELETE FROM helped WHERE list = ? AND key = ?", list, text::lower(address));
}

/// The oldest rows go.
Result<void> Database::make_room(std::string_view table, std::string_view age, std::int64_t list, std::int64_t most) {
    const auto count = TRY(connection_.read_one<std::int64_t>(
                               fmt::format("SELECT count(*) FROM {} WHERE list = ?", table), number_of, list))
                           .value_or(0);
    if (count <= most) return {};
    const auto key = table == "request" ? "id" : "key";
    return connection_.run_by(
        fmt::format("DELETE FROM {0} WHERE list = ?1 AND {2} IN (SELECT {2} FROM {0} WHERE list = ?1 ORDER BY "
                    "{1} LIMIT ?2)",
                    table, age, key),
        list, count - most);
}

Result<std::optional<Request>> Database::request(std::int64_t list, std::int64_t id) {
    return connection_.read_one<Request>(
        "SELECT id, wish, address FROM request WHERE list = ? AND id = ?",
        [](const Rows& rows) {
            const auto wish =
                rows.number(1) == number(lists::Wish::Subscribe) ? lists::Wish::Subscribe : lists::Wish::Unsubscribe;
            return Request{rows.number(0), wish, rows.text(2)};
        },
        list, id);
}

Result<void> Database::remove_request(std::int64_t id) {
    TRY(connection_.run_by("DELETE FROM request WHERE id = ?", id));
    return {};
}

Result<std::optional<Posting>> Database::posting(std::int64_t list, std::string_view key) {
    return connection_.read_one<Posting>(with(posting_columns, "WHERE list = ? AND key = ?"), posting_in, list, key);
}

Result<std::optional<Posting>> Database::posting(std::int64_t list, std::int64_t id) {
    return connection_.read_one<Posting>(with(posting_columns, "WHERE list = ? AND id = ?"), posting_in, list, id);
}

Result<Posting> Database::add_posting(std::int64_t list, std::string_view key, const Posting& posting,
                                      std::int64_t now) {
    TRY(connection_.run_by(
        "INSERT INTO posting (list, key, state, progress, last, sender, message, came) "
        "VALUES (?, ?, ?, ?, ?, ?, CAST(? AS BLOB), ?)",
        list, key, number(posting.state), posting.progress, posting.last, posting.sender, posting.message, now));
    auto added = posting;
    added.id = connection_.last_row();
    added.came = now;
    return added;
}

Result<void> Database::set_progress(std::int64_t posting, std::int64_t progress) {
    TRY(connection_.run_by("UPDATE posting SET progress = ? WHERE id = ?", progress, posting));
    return {};
}

Result<void> Database::set_state(std::int64_t posting, Posting::State state, std::int64_t last) {
    TRY(connection_.run_by("UPDATE posting SET state = ?, progress = 0, last = ? WHERE id = ?", number(state), last,
                           posting));
    return {};
}

Result<void> Database::finish(std::int64_t posting) {
    TRY(connection_.run_by("UPDATE posting SET state = ?, message = x'' WHERE id = ?", number(Posting::State::Done),
                           posting));
    return {};
}

Result<std::int64_t> Database::count_held(std::int64_t list) {
    return TRY(connection_.read_one<std::int64_t>("SELECT count(*) FROM posting WHERE list = ? AND state = ?",
                                                  number_of, list, number(Posting::State::Held)))
        .value_or(0);
}

Result<void> Database::forget(std::int64_t now) {
    TRY(connection_.run_by("DELETE FROM request WHERE asked < ?", now - (request_days + 1) * day));
    TRY(connection_.run_by("DELETE FROM helped WHERE sent < ?", now - 2 * day));
    TRY(connection_.run_by("DELETE FROM posting WHERE state = ? AND came < ?", number(Posting::State::Held),
                           now - (held_days + 1) * day));
    // Longer than mail waits in any queue.
    TRY(connection_.run_by("DELETE FROM posting WHERE came < ?", now - 60 * day));
    return {};
}

}  // namespace listbook
