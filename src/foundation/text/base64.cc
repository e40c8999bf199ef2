#include "text/base64.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "lang/wiping.h"

namespace text {
namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr auto values = [] {
    std::array<std::int8_t, 256> table{};
    table.fill(-1);
    for (std::size_t i = 0; i < alphabet.size(); ++i)
        table[static_cast<unsigned char>(alphabet[i])] = static_cast<std::int8_t>(i);
    return table;
}();

std::uint32_t octet(std::string_view octets, std::size_t i) {
    return i < octets.size() ? static_cast<unsigned char>(octets[i]) : 0;
}

// Three octets as four characters; fewer at the end, where the rest is padding.
void put_group(std::string& out, std::string_view group) {
    const std::uint32_t bits = octet(group, 0) << 16 | octet(group, 1) << 8 | octet(group, 2);
    out += alphabet[bits >> 18];
    out += alphabet[bits >> 12 & 63];
    out += group.size() > 1 ? alphabet[bits >> 6 & 63] : '=';
    out += group.size() > 2 ? alphabet[bits & 63] : '=';
}

// The last characters, two or three, without their padding: one or two octets.
bool take_group(std::string& out, std::string_view group) {
    std::uint32_t bits = 0;
    for (char c : group) {
        const auto value = values[static_cast<unsigned char>(c)];
        if (value < 0) return false;
        bits = bits << 6 | static_cast<std::uint32_t>(value);
    }
    bits <<= 6 * (4 - group.size());
    const std::size_t octets = group.size() - 1;
    if (octets < 3 && (bits & ((1u << (8 * (3 - octets))) - 1)) != 0) return false;  // §3.5: unused bits are zero
    for (std::size_t i = 0; i < octets; ++i) out += static_cast<char>(bits >> (16 - 8 * i) & 0xff);
    return true;
}

// As many groups of four characters as are whole, three octets each; nothing: a character is none of the alphabet.
// Keys and signatures of mail come through here, so that it matters how fast.
bool take_whole_groups(std::string& out, std::string_view text) {
    out.resize(text.size() / 4 * 3);
    const auto value = [&](std::size_t i) { return std::int32_t{values[static_cast<unsigned char>(text[i])]}; };
    std::int32_t all = 0;  // negative once one of them is
    for (std::size_t i = 0, o = 0; i + 3 < text.size(); i += 4, o += 3) {
        const auto a = value(i), b = value(i + 1), c = value(i + 2), d = value(i + 3);
        all |= a | b | c | d;
        out[o] = static_cast<char>((a << 2 | b >> 4) & 0xff);
        out[o + 1] = static_cast<char>((b << 4 | c >> 2) & 0xff);
        out[o + 2] = static_cast<char>((c << 6 | d) & 0xff);
    }
    return all >= 0;
}

}  // namespace

std::string to_base64(std::string_view octets) {
    std::string out;
    out.reserve((octets.size() + 2) / 3 * 4);
    for (std::size_t i = 0; i < octets.size(); i += 3) put_group(out, octets.substr(i, 3));
    return out;
}

std::optional<std::string> parse_base64(std::string_view text) {
    if (text.size() % 4 != 0) return std::nullopt;
    for (int padding = 0; padding < 2 && text.ends_with('='); ++padding) text.remove_suffix(1);
    const auto whole = text.substr(0, text.size() / 4 * 4);
    const auto rest = text.substr(whole.size());
    std::string out = on_heap("");  // it may be a password
    if (!take_whole_groups(out, whole)) return std::nullopt;
    if (!rest.empty() && (rest.size() == 1 || !take_group(out, rest))) return std::nullopt;
    return out;
}

std::string to_base64url(std::string_view octets) {
    std::string out = to_base64(octets);
    while (out.ends_with('=')) out.pop_back();
    std::ranges::replace(out, '+', '-');
    std::ranges::replace(out, '/', '_');
    return out;
}

std::optional<std::string> parse_base64url(std::string_view text) {
    if (text.find_first_of("+/=") != text.npos) return std::nullopt;
    std::string padded(text);
    std::ranges::replace(padded, '-', '+');
    std::ranges::replace(padded, '_', '/');
    padded.append((4 - padded.size() % 4) % 4, '=');
    return parse_base64(padded);
}

}  // namespace text
