#include "signing_keys/key.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "dkim/signature.h"
#include "text/base64.h"

namespace signing_keys {
namespace {

constexpr std::string_view first_line = "signing keys 1";
constexpr std::size_t columns = 7;

std::string_view name_of(crypto::SignatureKind kind) { return kind == crypto::SignatureKind::Rsa ? "rsa" : "ed25519"; }

std::optional<std::int64_t> parse_time(std::string_view text) {
    std::int64_t time = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), time);
    if (error != std::errc() || end != text.data() + text.size() || time < 0) return std::nullopt;
    if (text.size() > 1 && text.front() == '0') return std::nullopt;  // one way to write each
    return time;
}

bool is_selector(std::string_view text) {
    return dkim::is_domain(std::string(text) + "._domainkey") &&
           std::ranges::none_of(text, [](char c) { return c >= 'A' && c <= 'Z'; });
}

std::optional<Key> parse_key(std::string_view line) {
    std::array<std::string_view, columns> part;
    for (std::size_t i = 0; i < columns; ++i) {
        const auto end = i + 1 == columns ? line.size() : line.find(' ');
        if (end == std::string_view::npos) return std::nullopt;
        part.at(i) = line.substr(0, end);
        line.remove_prefix(std::min(end + 1, line.size()));
    }
    const auto& [selector, kind, made, seen, used, retired, public_key] = part;
    const auto octets = text::parse_base64(public_key);
    if (!is_selector(selector) || (kind != "rsa" && kind != "ed25519") || !octets) return std::nullopt;
    Key key{.selector = std::string(selector),
            .kind = kind == "rsa" ? crypto::SignatureKind::Rsa : crypto::SignatureKind::Ed25519,
            .public_octets = *octets};
    if (!crypto::DigestVerifier::parse(key.kind, key.public_octets)) return std::nullopt;
    for (const auto& [text, time] :
         {std::pair{made, &key.made}, {seen, &key.seen}, {used, &key.used}, {retired, &key.retired}}) {
        const auto parsed = parse_time(text);
        if (!parsed) return std::nullopt;
        *time = *parsed;
    }
    return key;
}

}  // namespace

State state_of(const Key& key) {
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
    }
    return "";
}

std::string to_text(const Keys& keys) {
    std::string text = fmt::format("{}\n", first_line);
    for (const auto& key : keys)
        text += fmt::format("{} {} {} {} {} {} {}\n", key.selector, name_of(key.kind), key.made, key.seen, key.used,
                            key.retired, text::to_base64(key.public_octets));
    return text;
}

std::expected<Keys, std::size_t> parse_keys(std::string_view text) {
    Keys keys;
    for (std::size_t number = 1; !text.empty(); ++number) {
        const auto end = text.find('\n');
        if (end == std::string_view::npos) return std::unexpected(number);  // cut short
        const auto line = text.substr(0, end);
        text.remove_prefix(end + 1);
        if (number == 1) {
            if (line != first_line) return std::unexpected(number);
            continue;
        }
        auto key = parse_key(line);
        const bool is_twice = key && std::ranges::find(keys, key->selector, &Key::selector) != keys.end();
        if (!key || is_twice || keys.size() == most_keys) return std::unexpected(number);
        keys.push_back(*std::move(key));
    }
    return keys;
}

Todo todo(const Keys& keys, const Terms& terms, std::int64_t now) {
    Todo todo;
    for (const auto& key : keys) {
        const auto state = state_of(key);
        if (state == State::Made || state == State::Seen) todo.publish.push_back(key);
        if (state == State::Seen) todo.wait_until = std::max(todo.wait_until, key.seen + terms.wait);
        if (state == State::Retired && now >= key.retired + terms.keep) todo.remove.push_back(key);
    }
    // One round at a time, all of its keys together: so a message has signatures of both kinds, or of both kinds of
    // before.
    const bool all_seen = std::ranges::all_of(todo.publish, [](const Key& key) { return key.seen != 0; });
    if (!todo.publish.empty() && all_seen && now >= todo.wait_until) todo.begin_using = todo.publish;
    todo.begin = todo.publish.empty();
    return todo;
}

std::string record_name(std::string_view domain, const Key& key) {
    return fmt::format("{}._domainkey.{}", key.selector, domain);
}

std::string time_text(std::int64_t seconds) {
    return fmt::format("{:%Y-%m-%d %H:%M} UTC", fmt::gmtime(static_cast<std::time_t>(seconds)));
}

std::string next_step(std::string_view domain, const Keys& keys, const Terms& terms, std::int64_t now) {
    const auto names = [&](const Keys& some) {
        std::string text;
        for (const auto& key : some) text += (text.empty() ? "" : ", ") + record_name(domain, key);
        return text;
    };
    const auto again = fmt::format("`hermod dkim rotate {}`", domain);
    const auto todo = signing_keys::todo(keys, terms, now);
    if (!todo.begin_using.empty()) return fmt::format("{} takes the new keys into use", again);
    if (!todo.publish.empty()) {
        const bool all_seen = std::ranges::all_of(todo.publish, [](const Key& key) { return key.seen != 0; });
        if (all_seen)
            return fmt::format("{}, from {} on, takes the new keys into use", again, time_text(todo.wait_until));
        return fmt::format("publish {}; then {}", names(todo.publish), again);
    }
    if (!todo.remove.empty()) return fmt::format("{} ends {}", again, names(todo.remove));
    if (keys.empty()) return fmt::format("{} makes the first keys", again);
    return fmt::format("nothing; {} begins with new keys", again);
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
