#include "screening/address_in_name.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <utility>

#include "text/ascii.h"

namespace screening {
namespace {

constexpr std::size_t longest_name = 255;
constexpr std::size_t fewest_joined = 7;  // digits: of fewer, "1234" would be 1.2.3.4

using Quad = std::array<std::uint32_t, 4>;

bool is_hex(char c) { return text::is_digit(c) || (c >= 'a' && c <= 'f'); }

/// A stretch of characters of one kind, as long as it goes.
struct Run {
    std::size_t at = 0;
    std::string_view text;
};

std::vector<Run> runs_of(std::string_view name, bool (*belongs)(char)) {
    std::vector<Run> runs;
    for (std::size_t i = 0; i < name.size();) {
        const auto first = i;
        while (i < name.size() && belongs(name[i])) ++i;
        if (i > first) runs.push_back({first, name.substr(first, i - first)});
        i = std::max(i, first + 1);
    }
    return runs;
}

/// Forward and backward, and each turned round: a.b.c.d, b.c.d.a, …, d.c.b.a, …
std::array<Quad, 8> orders_of(const ip::Address& address) {
    std::array<Quad, 8> orders;
    for (std::size_t turn = 0; turn < 4; ++turn)
        for (std::size_t i = 0; i < 4; ++i) {
            orders[turn][i] = address.octets[(turn + i) % 4];
            orders[4 + turn][i] = address.octets[(turn + 7 - i) % 4];
        }
    return orders;
}

/// As written in at most ten digits; zeros in front count for nothing.
std::optional<std::uint64_t> number_of(std::string_view digits) {
    if (digits.empty() || digits.size() > 10) return std::nullopt;
    std::uint64_t number = 0;
    for (const char c : digits) number = number * 10 + static_cast<std::uint64_t>(c - '0');
    return number;
}

bool stand_next_to_each_other(const Run& first, const Run& second) {
    return first.at + first.text.size() + 1 == second.at;
}

/// Digits with one character between each two, from `first` on, while they go.
std::vector<std::uint64_t> numbers_from(const std::vector<Run>& runs, std::size_t first) {
    std::vector<std::uint64_t> numbers;
    for (std::size_t i = first; i < runs.size() && numbers.size() < 4; ++i) {
        const auto number = number_of(runs[i].text);
        if (!number || (i > first && !stand_next_to_each_other(runs[i - 1], runs[i]))) break;
        numbers.push_back(*number);
    }
    return numbers;
}

bool are_separate(const std::vector<std::uint64_t>& numbers, const Quad& quad) {
    return numbers.size() == 4 && std::ranges::equal(numbers, quad);
}

/// "192-0-519": the last two of 192.0.2.7 as one number.
bool are_partly_joined(const std::vector<std::uint64_t>& numbers, const Quad& quad) {
    return numbers.size() >= 3 && numbers[0] == quad[0] && numbers[1] == quad[1] &&
           numbers[2] == quad[2] * 256 + quad[3];
}

bool is_joined(std::string_view digits, const Quad& quad) {
    const auto padded = fmt::format("{:03}{:03}{:03}{:03}", quad[0], quad[1], quad[2], quad[3]);
    if (digits == padded) return true;
    const auto plain = fmt::format("{}{}{}{}", quad[0], quad[1], quad[2], quad[3]);
    return plain.size() >= fewest_joined && digits == plain;
}

std::uint32_t whole(const Quad& quad) { return quad[0] << 24 | quad[1] << 16 | quad[2] << 8 | quad[3]; }

bool has_decimal(std::string_view name, const std::array<Quad, 8>& orders) {
    const auto runs = runs_of(name, text::is_digit);
    for (std::size_t i = 0; i < runs.size(); ++i) {
        const auto numbers = numbers_from(runs, i);
        const auto digits = runs[i].text;
        for (const auto& quad : orders)
            if (are_separate(numbers, quad) || are_partly_joined(numbers, quad) || is_joined(digits, quad)) return true;
        const bool is_whole = digits.size() >= 8 && !numbers.empty() &&
                              (numbers.front() == whole(orders[0]) || numbers.front() == whole(orders[4]));
        if (is_whole) return true;
    }
    return false;
}

/// The runs from `first` on, joined, while one character stands between them and there are not more digits than wanted.
std::string joined_from(const std::vector<Run>& runs, std::size_t first, std::size_t wanted, std::size_t pad) {
    std::string digits;
    for (std::size_t i = first; i < runs.size() && digits.size() < wanted; ++i) {
        if (i > first && !stand_next_to_each_other(runs[i - 1], runs[i])) break;
        if (runs[i].text.size() < pad) digits.append(pad - runs[i].text.size(), '0');
        digits += runs[i].text;
    }
    return digits;
}

bool has_hexadecimal_quad(std::string_view name, const std::array<Quad, 8>& orders) {
    const auto runs = runs_of(name, is_hex);
    for (std::size_t i = 0; i < runs.size(); ++i) {
        if (runs[i].text.size() != 8 && runs[i].text.size() != 2) continue;
        const auto digits = joined_from(runs, i, 8, 0);
        for (const auto& quad : orders)
            if (digits == fmt::format("{:08x}", whole(quad))) return true;
    }
    return false;
}

bool has_nibbles(std::string_view name, const ip::Address& address) {
    std::string nibbles;
    for (const auto octet : address.octets) nibbles += fmt::format("{:02x}", octet);
    const std::string backward(nibbles.rbegin(), nibbles.rend());
    const auto runs = runs_of(name, is_hex);
    for (std::size_t i = 0; i < runs.size(); ++i) {
        if (joined_from(runs, i, nibbles.size(), 4) == nibbles) return true;  // "2001-db8-0-…", "20010db8…"
        const auto singly = joined_from(runs, i, nibbles.size(), 1);
        if (singly == nibbles || singly == backward) return true;
    }
    auto shortened = ip::to_text(address);  // "2001-db8--7"
    std::ranges::replace(shortened, ':', '-');
    const auto at = name.find(shortened);
    return at != std::string_view::npos && (at == 0 || !is_hex(name[at - 1])) &&
           (at + shortened.size() == name.size() || !is_hex(name[at + shortened.size()]));
}

std::vector<std::string_view> labels_of(std::string_view name) {
    if (name.ends_with('.')) name.remove_suffix(1);
    std::vector<std::string_view> labels;
    for (std::size_t from = 0; from <= name.size();) {
        const auto dot = std::min(name.find('.', from), name.size());
        labels.push_back(name.substr(from, dot - from));
        from = dot + 1;
    }
    return labels;
}

bool is_country(std::string_view label) { return label.size() == 2 && std::ranges::all_of(label, text::is_letter); }

/// Two labels; three below countries that divide their domain, as "co.uk" and "com.br".
std::string_view before_registered_domain(std::string_view name) {
    const auto labels = labels_of(name);
    std::size_t registered = 2;
    if (labels.size() >= 3 && is_country(labels.back()) && labels[labels.size() - 2].size() <= 3) registered = 3;
    if (labels.size() <= registered) return {};
    const auto& last = labels[labels.size() - registered - 1];
    return name.substr(0, static_cast<std::size_t>(last.data() + last.size() - name.data()));
}

}  // namespace

bool has_address(std::string_view name, const ip::Address& address) {
    if (name.size() > longest_name) return false;
    const auto lower = text::lower(name);
    if (address.is_v6()) return has_nibbles(lower, address);
    const auto orders = orders_of(address);
    return has_decimal(lower, orders) || has_hexadecimal_quad(lower, orders);
}

bool is_in_country(std::string_view name) { return is_country(labels_of(name).back()); }

Keyword parse_keyword(std::string_view text) {
    Keyword keyword;
    for (std::size_t at = 0; at < text.size();) {
        const auto end = std::min(text.find_first_of(" \t", at), text.size());
        if (end > at) keyword.words.push_back(text::lower(text.substr(at, end - at)));
        at = end + 1;
    }
    return keyword;
}

bool matches(const Keyword& keyword, std::string_view name) {
    auto lower = text::lower(name);
    if (lower.ends_with('.')) lower.pop_back();
    const auto front = before_registered_domain(lower);
    return !keyword.words.empty() && std::ranges::all_of(keyword.words, [&](const std::string& word) {
        return word.starts_with('.') ? lower.ends_with(word) : front.contains(word);
    });
}

}  // namespace screening
