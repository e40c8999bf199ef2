#include "srs/address.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "crypto/digest.h"
#include "lang/try.h"
#include "lang/verify.h"
#include "smtp/path.h"
#include "text/ascii.h"
#include "text/base64.h"

namespace srs {
namespace {

constexpr char separator = '=';  // between fields, whatever stands behind the tag
constexpr std::string_view tag0 = "SRS0";
constexpr std::string_view tag1 = "SRS1";
constexpr std::string_view base32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
constexpr unsigned days_in_cycle = 32 * 32;
constexpr std::int64_t seconds_in_day = 86'400;
constexpr std::size_t longest_address = 254;  // RFC 5321 §4.5.3.1.3, without the brackets

template <typename T>
using Checked = std::expected<T, Refusal>;

struct Parts {
    std::string local_part;  // without quotes
    std::string domain;
};

bool is_separator(char c) { return c == '=' || c == '+' || c == '-'; }

// "\"" *( qtext / quoted-pair ) "\""
std::optional<std::string> unquoted(std::string_view text) {
    if (!text.starts_with('"')) return std::string(text);
    if (text.size() < 2 || !text.ends_with('"')) return std::nullopt;
    std::string plain;
    for (std::size_t i = 1; i + 1 < text.size(); ++i) {
        if (text[i] == '"') return std::nullopt;
        if (text[i] == '\\' && ++i + 1 == text.size()) return std::nullopt;
        plain += text[i];
    }
    return plain;
}

// Hostile: a "=" in the domain would move the fields behind it.
bool is_domain(std::string_view domain) {
    return !domain.empty() && std::ranges::all_of(domain, [](char c) {
        return text::is_alphanumeric(c) || text::is_8bit(c) || std::string_view("-._[]:").contains(c);
    });
}

Checked<Parts> split(std::string_view address) {
    const auto at = address.rfind('@');
    if (at == std::string_view::npos || address.size() > longest_address)
        return std::unexpected(at == std::string_view::npos ? Refusal::NoAddress : Refusal::TooLong);
    const auto local_part = unquoted(address.substr(0, at));
    if (!local_part || local_part->empty() || std::ranges::any_of(*local_part, text::is_control))
        return std::unexpected(Refusal::NoAddress);
    if (!is_domain(address.substr(at + 1))) return std::unexpected(Refusal::NoAddress);
    return Parts{*local_part, std::string(address.substr(at + 1))};
}

Checked<std::string> join(std::string local_part, std::string_view domain) {
    auto address = smtp::to_text(smtp::Mailbox{std::move(local_part), std::string(domain), std::nullopt});
    if (address.size() > longest_address) return std::unexpected(Refusal::TooLong);
    return address;
}

/// What is behind the tag and its separator.
std::optional<std::string_view> behind_tag(std::string_view local_part, std::string_view tag) {
    if (local_part.size() <= tag.size() || !text::starts_with_ignoring_case(local_part, tag)) return std::nullopt;
    if (!is_separator(local_part[tag.size()])) return std::nullopt;
    return local_part.substr(tag.size() + 1);
}

/// So many fields, the last with all that is left.
template <std::size_t count>
std::optional<std::array<std::string_view, count>> fields_of(std::string_view text) {
    std::array<std::string_view, count> fields;
    for (std::size_t i = 0; i + 1 < count; ++i) {
        const auto end = text.find(separator);
        if (end == std::string_view::npos) return std::nullopt;
        fields[i] = text.substr(0, end);
        text.remove_prefix(end + 1);
    }
    fields.back() = text;
    return fields;
}

std::string proof_of(std::string_view secret, std::string_view what) {
    return text::to_base64(crypto::hmac(crypto::Digest::Sha1, secret, text::lower(what)));
}

bool is_ours(std::string_view proof, std::string_view what, const Key& key) {
    if (proof.size() < std::max(shortest_hash, key.hash_minimum) || proof.size() > longest_hash) return false;
    bool found = false;
    for (const auto& secret : key.secrets) {
        const auto right = text::lower(proof_of(secret, what).substr(0, proof.size()));
        found |= crypto::are_equal(right, text::lower(proof));
    }
    return found;
}

unsigned day_of(std::int64_t now) {
    const auto days = now / seconds_in_day - (now % seconds_in_day < 0 ? 1 : 0);
    return static_cast<unsigned>(days & (days_in_cycle - 1));
}

std::string stamp(std::int64_t now) {
    const auto day = day_of(now);
    return {base32[day / 32], base32[day % 32]};
}

std::optional<unsigned> parse_stamp(std::string_view text) {
    if (text.size() != 2) return std::nullopt;
    unsigned day = 0;
    for (char c : text) {
        const auto digit = base32.find(text::to_upper(c));
        if (digit == std::string_view::npos) return std::nullopt;
        day = day * 32 + static_cast<unsigned>(digit);
    }
    return day;
}

std::string signed_text(std::string_view tag, std::string_view what, std::string_view fields, const Key& key) {
    const auto proof = proof_of(key.secrets.front(), what).substr(0, key.hash_length);
    return fmt::format("{}{}{}{}{}", tag, key.separator, proof, separator, fields);
}

std::string wrapped(std::string_view host, std::string_view rest, const Key& key) {
    return signed_text(tag1, fmt::format("{}{}", host, rest), fmt::format("{}{}{}", host, separator, rest), key);
}

std::string rewritten(const Parts& sender, const Key& key, std::int64_t now) {
    if (const auto behind = behind_tag(sender.local_part, tag1)) {
        // The first forwarder stays, and we take the place of the one before us.
        const auto fields = fields_of<3>(*behind);
        if (fields && is_domain((*fields)[1]) && !(*fields)[2].empty() && is_separator((*fields)[2][0]))
            return wrapped((*fields)[1], (*fields)[2], key);
    }
    if (behind_tag(sender.local_part, tag0))
        return wrapped(sender.domain, std::string_view(sender.local_part).substr(tag0.size()), key);
    const auto day = stamp(now);
    return signed_text(tag0, fmt::format("{}{}{}", day, sender.domain, sender.local_part),
                       fmt::format("{}{}{}{}{}", day, separator, sender.domain, separator, sender.local_part), key);
}

Checked<std::string> reverse_first(std::string_view behind, const Key& key, std::int64_t now, unsigned max_age) {
    const auto fields = fields_of<4>(behind);
    if (!fields) return std::unexpected(Refusal::Malformed);
    const auto& [proof, day, host, local_part] = *fields;
    if (!is_ours(proof, fmt::format("{}{}{}", day, host, local_part), key)) return std::unexpected(Refusal::NotOurs);
    const auto then = parse_stamp(day);
    if (!then || !is_domain(host) || local_part.empty()) return std::unexpected(Refusal::Malformed);
    if ((day_of(now) - *then) % days_in_cycle > max_age) return std::unexpected(Refusal::Expired);
    return join(std::string(local_part), host);
}

Checked<std::string> reverse_second(std::string_view behind, const Key& key) {
    const auto fields = fields_of<3>(behind);
    if (!fields) return std::unexpected(Refusal::Malformed);
    const auto& [proof, host, rest] = *fields;
    if (!is_ours(proof, fmt::format("{}{}", host, rest), key)) return std::unexpected(Refusal::NotOurs);
    if (!is_domain(host) || rest.empty() || !is_separator(rest[0])) return std::unexpected(Refusal::Malformed);
    return join(fmt::format("{}{}", tag0, rest), host);
}

}  // namespace

std::string_view describe(Refusal refusal) {
    switch (refusal) {
        case Refusal::NoAddress: return "not an address";
        case Refusal::TooLong: return "the address would be too long";
        case Refusal::NotSrs: return "not a rewritten address";
        case Refusal::Malformed: return "a rewritten address that lacks something";
        case Refusal::NotOurs: return "not written by us, or changed since";
        case Refusal::Expired: return "too old";
    }
    return "";
}

bool is_rewritten(std::string_view address) {
    if (address.starts_with('"')) address.remove_prefix(1);
    return behind_tag(address, tag0) || behind_tag(address, tag1);
}

std::expected<std::string, Refusal> forward(std::string_view sender, std::string_view alias, const Key& key,
                                            std::int64_t now) {
    VERIFY(!key.secrets.empty() && is_separator(key.separator));
    VERIFY(key.hash_length >= shortest_hash && key.hash_length <= longest_hash);
    const auto parts = TRY(split(sender));
    if (!is_domain(alias)) return std::unexpected(Refusal::NoAddress);
    if (text::equal_ignoring_case(parts.domain, alias)) return std::string(sender);
    return join(rewritten(parts, key, now), alias);
}

std::expected<std::string, Refusal> reverse(std::string_view address, const Key& key, std::int64_t now,
                                            unsigned max_age) {
    const auto parts = TRY(split(address));
    if (const auto behind = behind_tag(parts.local_part, tag1)) return reverse_second(*behind, key);
    if (const auto behind = behind_tag(parts.local_part, tag0)) return reverse_first(*behind, key, now, max_age);
    return std::unexpected(Refusal::NotSrs);
}

}  // namespace srs
