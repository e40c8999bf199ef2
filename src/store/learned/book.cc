#include "learned/book.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "bayes/collector.h"
#include "keyvalue/octets.h"
#include "lang/try.h"

namespace learned {
namespace {

using keyvalue::append_number;
using keyvalue::take_number;

constexpr keyvalue::Table tokens_table = 0;
constexpr keyvalue::Table messages_table = 1;
constexpr keyvalue::Table accounts_table = 2;
constexpr std::size_t account_key_size = 8;
constexpr std::uint64_t octets_a_token = 64;  // with room for pages that are half empty
constexpr std::uint64_t octets_a_message = 64;
constexpr std::uint64_t erased_at_a_time = 10'000;

// The format of the file: see doc/format/bayes.md.
struct Seen {
    bayes::Counts counts;
    Day day = 0;
};

std::string to_value(const Seen& seen) {
    std::string value;
    append_number(value, seen.counts.spam);
    append_number(value, seen.counts.ham);
    append_number(value, seen.day);
    return value;
}
Seen seen_in(std::string_view value) {
    Seen seen;
    seen.counts.spam = take_number<std::uint32_t>(value).value_or(0);
    seen.counts.ham = take_number<std::uint32_t>(value).value_or(0);
    seen.day = take_number<Day>(value).value_or(0);
    return seen;
}

struct Remembered {
    Kind kind = Kind::Ham;
    Day day = 0;
};
std::string to_value(const Remembered& message) {
    std::string value;
    append_number(value, std::to_underlying(message.kind));
    append_number(value, message.day);
    return value;
}
Remembered remembered_in(std::string_view value) {
    Remembered message;
    message.kind = take_number<std::uint8_t>(value) == std::to_underlying(Kind::Spam) ? Kind::Spam : Kind::Ham;
    message.day = take_number<Day>(value).value_or(0);
    return message;
}

/// The server's comes first.
std::string account_key(std::string_view account) {
    return keyvalue::octets_of(account.empty() ? std::uint64_t{0} : bayes::Number().add(account).value());
}

void step(std::uint32_t& count, bool up) {
    if (up)
        count += count != ~std::uint32_t{0};
    else
        count -= count != 0;
}
std::uint32_t& of(bayes::Counts& counts, Kind kind) { return kind == Kind::Spam ? counts.spam : counts.ham; }

std::unexpected<keyvalue::Error> full() {
    return std::unexpected(
        keyvalue::Error{keyvalue::Error::Code::Full, "there are as many tokens as bayes.tokens says"});
}

}  // namespace

Day today(std::chrono::system_clock::time_point now) {
    const auto days = std::chrono::duration_cast<std::chrono::days>(now.time_since_epoch()).count();
    return static_cast<Day>(std::clamp<std::int64_t>(days, 0, 0xffff));
}

Result<> Lessons::count(const std::string& account, std::span<const bayes::Token> tokens, Kind kind, bool up) {
    const bool has_room = TRY(change_.count(tokens_table)) < limits_.tokens + limits_.tokens / 4;
    if (up && !has_room) return full();
    for (const auto token : tokens) {
        auto key = account;
        append_number(key, token);
        const auto found = TRY(change_.get(tokens_table, key));
        auto seen = found ? seen_in(*found) : Seen();
        step(of(seen.counts, kind), up);
        if (up) seen.day = std::max(seen.day, day_);
        if (seen.counts == bayes::Counts())
            static_cast<void>(TRY(change_.erase(tokens_table, key)));
        else
            TRY(change_.put(tokens_table, key, to_value(seen)));
    }
    return {};
}

Result<> Lessons::count_message(const std::string& key, std::string_view account, Kind kind, bool up) {
    const auto found = TRY(change_.get(accounts_table, key));
    auto counts = found ? seen_in(*found).counts : bayes::Counts();
    step(of(counts, kind), up);
    return change_.put(accounts_table, key, to_value(Seen{.counts = counts, .day = day_}) + std::string(account));
}

Result<Lesson> Lessons::learn(std::string_view account, const bayes::Tokens& message, Kind kind) {
    account = account.substr(0, longest_account);
    const auto owner = account_key(account);
    const auto key = owner + keyvalue::octets_of(message.identity);
    const auto before = TRY(change_.get(messages_table, key));
    const auto known = before ? std::optional(remembered_in(*before)) : std::nullopt;
    if (known && known->kind == kind) return Lesson::Known;
    if (known) {
        TRY(count(owner, message.tokens, known->kind, /*up=*/false));
        TRY(count_message(owner, account, known->kind, /*up=*/false));
    }
    TRY(count(owner, message.tokens, kind, /*up=*/true));
    TRY(count_message(owner, account, kind, /*up=*/true));
    TRY(change_.put(messages_table, key, to_value(Remembered{.kind = kind, .day = day_})));
    return known ? Lesson::Corrected : Lesson::Learned;
}

Result<bool> Lessons::unlearn(std::string_view account, const bayes::Tokens& message) {
    account = account.substr(0, longest_account);
    const auto owner = account_key(account);
    const auto key = owner + keyvalue::octets_of(message.identity);
    const auto before = TRY(change_.get(messages_table, key));
    if (!before) return false;
    const auto kind = remembered_in(*before).kind;
    TRY(count(owner, message.tokens, kind, /*up=*/false));
    TRY(count_message(owner, account, kind, /*up=*/false));
    static_cast<void>(TRY(change_.erase(messages_table, key)));
    return true;
}

Result<std::unique_ptr<Book>> Book::open(const std::string& path, keyvalue::Access access, Limits limits) {
    keyvalue::Options options;
    options.format = "hermod bayes 1";
    options.tables = {"tokens", "messages", "accounts"};
    options.most_octets = limits.tokens * octets_a_token + limits.messages * octets_a_message + (4 << 20);
    options.access = access;
    options.durability = keyvalue::Durability::Recent;
    options.patience = limits.patience;
    return std::unique_ptr<Book>(new Book(TRY(keyvalue::Database::open(path, std::move(options))), limits));
}

Result<Lessons> Book::begin(Day day) { return Lessons(TRY(database_->change()), day, limits_); }

Result<bayes::Counts> Book::learned(std::string_view account) const {
    const auto view = TRY(database_->view());
    const auto found = TRY(view.get(accounts_table, account_key(account)));
    return found ? seen_in(*found).counts : bayes::Counts();
}

Result<bayes::Classification> Book::classify(std::string_view account, const bayes::Tokens& message,
                                             std::size_t deciding) const {
    const auto view = TRY(database_->view());
    auto key = account_key(account);
    const auto found = TRY(view.get(accounts_table, key));
    const auto learned = found ? seen_in(*found).counts : bayes::Counts();
    std::vector<bayes::Counts> seen;
    seen.reserve(message.tokens.size());
    for (const auto token : message.tokens) {
        key.resize(account_key_size);
        append_number(key, token);
        const auto value = TRY(view.get(tokens_table, key));
        seen.push_back(value ? seen_in(*value).counts : bayes::Counts());
    }
    return bayes::classify(seen, learned, deciding);
}

Result<Summary> Book::summary() const {
    Summary summary;
    summary.room = TRY(database_->room());
    const auto view = TRY(database_->view());
    summary.tokens = TRY(view.count(tokens_table));
    summary.messages = TRY(view.count(messages_table));
    TRY(view.range(accounts_table, "", [&](std::string_view, std::string_view value) {
        const auto seen = seen_in(value);
        summary.accounts.push_back(
            {std::string(value.substr(std::min(value.size(), to_value(Seen()).size()))), seen.counts});
        return true;
    }));
    return summary;
}

struct Book::Old {
    // Seen in one message alone before the others; of each, the oldest first.
    static std::uint32_t rank(keyvalue::Table table, std::string_view value) {
        if (table == messages_table) return remembered_in(value).day;
        const auto seen = seen_in(value);
        const bool is_lone = std::uint64_t{seen.counts.spam} + seen.counts.ham <= 1;
        return (is_lone ? 0U : 0x1'0000U) | seen.day;
    }
    std::uint32_t below = 0;  // these go
    std::uint32_t equal = 0;  // and of these so many
    std::uint64_t of_equal = 0;
    bool by_day = false;  // however often they were seen
    Day before = 0;

    bool goes(keyvalue::Table table, std::string_view value, std::uint64_t& equals) const {
        const auto of = rank(table, value);
        if (by_day) return static_cast<Day>(of & 0xffff) < before;
        return of < below || (of == equal && equals++ < of_equal);
    }
};

Result<std::uint64_t> Book::erase(keyvalue::Table table, const Old& old, std::uint64_t most) {
    std::vector<std::string> keys;
    {
        const auto view = TRY(database_->view());
        std::uint64_t equals = 0;
        TRY(view.range(table, "", [&](std::string_view key, std::string_view value) {
            if (old.goes(table, value, equals)) keys.emplace_back(key);
            return keys.size() < most;
        }));
    }
    for (std::size_t at = 0; at < keys.size();) {
        auto change = TRY(database_->change());
        const auto end = std::min<std::size_t>(keys.size(), at + erased_at_a_time);
        for (; at < end; ++at) static_cast<void>(TRY(change.erase(table, keys[at])));
        TRY(change.commit());
    }
    return keys.size();
}

Result<std::uint64_t> Book::expire(keyvalue::Table table, std::uint64_t bound, std::uint64_t most) {
    std::vector<std::uint64_t> ranks(0x2'0000);
    std::uint64_t count = 0;
    {
        const auto view = TRY(database_->view());
        if (TRY(view.count(table)) <= bound) return 0;
        TRY(view.range(table, "", [&](std::string_view, std::string_view value) {
            ++ranks[Old::rank(table, value)];
            ++count;
            return true;
        }));
    }
    auto excess = std::min(count - std::min(count, bound - bound / 4), most);
    Old old;
    while (excess > 0 && ranks[old.below] <= excess) excess -= ranks[old.below++];
    old.equal = old.below;
    old.of_equal = excess;
    return erase(table, old, most);
}

Result<std::uint64_t> Book::expire(std::uint64_t most) {
    const auto tokens = TRY(expire(tokens_table, limits_.tokens, most));
    return tokens + TRY(expire(messages_table, limits_.messages, most));
}

Result<std::uint64_t> Book::forget_before(Day day, std::uint64_t most) {
    Old old;
    old.by_day = true;
    old.before = day;
    const auto tokens = TRY(erase(tokens_table, old, most));
    return tokens + TRY(erase(messages_table, old, most));
}

Result<bool> Book::forget(std::string_view account) {
    const auto owner = account_key(account.substr(0, longest_account));
    bool had = false;
    for (const auto table : {tokens_table, messages_table, accounts_table}) {
        std::vector<std::string> keys;
        do {
            keys.clear();
            const auto view = TRY(database_->view());
            TRY(view.range(table, owner, [&](std::string_view key, std::string_view) {
                if (!key.starts_with(owner)) return false;
                keys.emplace_back(key);
                return keys.size() < erased_at_a_time;
            }));
            auto change = TRY(database_->change());
            for (const auto& key : keys) static_cast<void>(TRY(change.erase(table, key)));
            TRY(change.commit());
            had = had || !keys.empty();
        } while (keys.size() == erased_at_a_time);
    }
    return had;
}

}  // namespace learned
