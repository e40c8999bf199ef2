#include "signing_keys/key.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>

#include "dkim/key_record.h"
#include "dkim/signature.h"
#include "text/base64.h"

namespace signing_keys {
namespace {

constexpr std::string_view first_line = "signing keys 2";
constexpr std::string_view first_line_of_before = "signing keys 1";  // without REVOKED
constexpr std::size_t columns = 8;

std::string_view name_of(crypto::SignatureKind kind) { return kind == crypto::SignatureKind::Rsa ? "rsa" : "ed25519"; }

std::optional<std::int64_t> parse_time(std::string_view text) {
    std::int64_t time = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), time);
    if (error != std::errc() || end != text.data() + text.size() || time < 0) return std::nullopt;
    if (text.size() > 1 && (text.front() == '0' || text.front() == '-')) return std::nullopt;  // one way to write each
    return time;
}

/// Of a key that signs now, since when; the longest.
std::int64_t oldest_use(const Keys& keys) {
    std::int64_t oldest = std::numeric_limits<std::int64_t>::max() / 2;
    for (const auto& key : keys)
        if (state_of(key) == State::Used) oldest = std::min(oldest, key.used);
    return oldest;
}

bool is_selector(std::string_view text) {
    return dkim::is_domain(std::string(text) + "._domainkey") &&
           std::ranges::none_of(text, [](char c) { return c >= 'A' && c <= 'Z'; });
}

/// `count` words, the last of them with all that is left. Nothing: there are fewer.
std::optional<std::vector<std::string_view>> words_of(std::string_view line, std::size_t count) {
    std::vector<std::string_view> words;
    while (words.size() + 1 < count) {
        const auto end = line.find(' ');
        if (end == std::string_view::npos) return std::nullopt;
        words.push_back(line.substr(0, end));
        line.remove_prefix(end + 1);
    }
    words.push_back(line);
    return words;
}

std::optional<Key> parse_key(std::string_view line, bool is_of_before) {
    auto words = words_of(line, is_of_before ? columns - 1 : columns);
    if (!words) return std::nullopt;
    if (is_of_before) words->insert(words->end() - 1, "0");
    const auto kind = words->at(1);
    const auto octets = text::parse_base64(words->back());
    if (!is_selector(words->front()) || (kind != "rsa" && kind != "ed25519") || !octets) return std::nullopt;
    Key key{.selector = std::string(words->front()),
            .kind = kind == "rsa" ? crypto::SignatureKind::Rsa : crypto::SignatureKind::Ed25519,
            .public_octets = *octets};
    if (!crypto::DigestVerifier::parse(key.kind, key.public_octets)) return std::nullopt;
    std::size_t column = 2;
    for (auto* time : {&key.made, &key.seen, &key.used, &key.retired, &key.revoked}) {
        const auto parsed = parse_time(words->at(column++));
        if (!parsed) return std::nullopt;
        *time = *parsed;
    }
    return key;
}

std::string names_of(std::string_view domain, const Keys& keys) {
    std::string text;
    for (const auto& key : keys) text += (text.empty() ? "" : ", ") + record_name(domain, key);
    return text;
}

/// Apart from what is revoked.
std::string next_of_rotation(std::string_view domain, const Keys& keys, const Todo& todo, const Terms& terms) {
    const auto command = fmt::format("`hermod dkim rotate {}`", domain);
    const auto who = terms.rotate > 0 ? "the server" : command;
    if (!todo.begin_using.empty()) return who + " takes the new keys into use";
    if (!todo.publish.empty()) {
        const bool all_seen = std::ranges::all_of(todo.publish, [](const Key& key) { return key.seen != 0; });
        if (all_seen)
            return fmt::format("{}, from {} on, takes the new keys into use", who, time_text(todo.wait_until));
        return fmt::format("publish {}; then {}{}", names_of(domain, todo.publish), who,
                           terms.rotate > 0 ? " takes them into use" : "");
    }
    if (!todo.remove.empty()) return fmt::format("{} ends {}", who, names_of(domain, todo.remove));
    if (std::ranges::none_of(keys, [](const Key& key) { return state_of(key) == State::Used; }))
        return fmt::format("{} makes {} keys", command, keys.empty() ? "the first" : "new");
    if (terms.rotate == 0) return fmt::format("nothing; {} begins with new keys", command);
    return fmt::format("nothing; the server makes new keys on {}", time_text(oldest_use(keys) + terms.rotate));
}

}  // namespace

State state_of(const Key& key) {
    if (key.revoked != 0) return State::Revoked;
    if (key.retired != 0) return State::Retired;
    if (key.used != 0) return State::Used;
    return key.seen != 0 ? State::Seen : State::Made;
}

std::string_view to_text(State state) {
    switch (state) {
        case State::Made: return "made";
        case State::Seen: return "published";
        case State::Used: return "in use";
        case State::Retired: return "retired";
        case State::Revoked: return "revoked";
    }
    return "";
}

std::string to_text(const Keys& keys) {
    std::string text = fmt::format("{}\n", first_line);
    for (const auto& key : keys)
        text += fmt::format("{} {} {} {} {} {} {} {}\n", key.selector, name_of(key.kind), key.made, key.seen, key.used,
                            key.retired, key.revoked, text::to_base64(key.public_octets));
    return text;
}

std::expected<Keys, std::size_t> parse_keys(std::string_view text) {
    Keys keys;
    bool is_of_before = false;
    for (std::size_t number = 1; !text.empty(); ++number) {
        const auto end = text.find('\n');
        if (end == std::string_view::npos) return std::unexpected(number);  // cut short
        const auto line = text.substr(0, end);
        text.remove_prefix(end + 1);
        if (number == 1) {
            is_of_before = line == first_line_of_before;
            if (line != first_line && !is_of_before) return std::unexpected(number);
            continue;
        }
        auto key = parse_key(line, is_of_before);
        const bool is_twice = key && std::ranges::find(keys, key->selector, &Key::selector) != keys.end();
        if (!key || is_twice || keys.size() == most_keys) return std::unexpected(number);
        keys.push_back(*std::move(key));
    }
    return keys;
}

Todo todo(const Keys& keys, const Terms& terms, std::int64_t now) {
    Todo todo;
    const auto any = [&](State state) {
        return std::ranges::any_of(keys, [&](const Key& key) { return state_of(key) == state; });
    };
    // After a revocation nothing is signed: then a record that somebody does not find yet is better than none.
    const auto wait = any(State::Revoked) && !any(State::Used) ? 0 : terms.wait;
    for (const auto& key : keys) {
        const auto state = state_of(key);
        if (state == State::Made || state == State::Seen) todo.publish.push_back(key);
        if (state == State::Seen) todo.wait_until = std::max(todo.wait_until, key.seen + wait);
        if (state == State::Retired && now >= key.retired + terms.keep) todo.remove.push_back(key);
        if (state != State::Revoked) continue;
        if (key.seen == 0)
            todo.withdraw.push_back(key);  // for as long as it takes: whoever has it signs in our name
        else if (now >= key.revoked + terms.keep)
            todo.remove.push_back(key);
    }
    // One round at a time, all of its keys together: so a message has signatures of both kinds, or of both kinds of
    // before.
    const bool all_seen = std::ranges::all_of(todo.publish, [](const Key& key) { return key.seen != 0; });
    if (!todo.publish.empty() && all_seen && now >= todo.wait_until) todo.begin_using = todo.publish;
    todo.begin = todo.publish.empty();
    todo.is_due = todo.begin && terms.rotate > 0 && any(State::Used) && now >= oldest_use(keys) + terms.rotate;
    return todo;
}

std::string record_of(const Key& key) {
    return dkim::to_record(key.kind, key.revoked == 0 ? std::string_view(key.public_octets) : "");
}

std::string record_name(std::string_view domain, const Key& key) {
    return fmt::format("{}._domainkey.{}", key.selector, domain);
}

std::string time_text(std::int64_t seconds) {
    return fmt::format("{:%Y-%m-%d %H:%M} UTC", fmt::gmtime(static_cast<std::time_t>(seconds)));
}

std::string next_step(std::string_view domain, const Keys& keys, const Terms& terms, std::int64_t now) {
    const auto todo = signing_keys::todo(keys, terms, now);
    const auto next = next_of_rotation(domain, keys, todo, terms);
    if (todo.withdraw.empty()) return next;
    return fmt::format("publish that {} is revoked, with an empty p=; {}", names_of(domain, todo.withdraw), next);
}

Keys revoke(Keys& keys, const std::vector<std::string>& selectors, std::int64_t now) {
    Keys revoked;
    for (auto& key : keys) {
        const bool is_meant = selectors.empty() || std::ranges::find(selectors, key.selector) != selectors.end();
        if (!is_meant || state_of(key) == State::Revoked) continue;
        key.seen = 0;
        key.revoked = now;
        revoked.push_back(key);
    }
    return revoked;
}

void take_into_use(Keys& keys, std::int64_t now) {
    for (auto& key : keys) {
        if (state_of(key) == State::Used)
            key.retired = now;
        else if (state_of(key) == State::Seen)
            key.used = now;
    }
}

}  // namespace signing_keys
