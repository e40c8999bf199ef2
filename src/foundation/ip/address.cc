#include "ip/address.h"

#include <fmt/format.h>

#include <algorithm>

#include "text/ascii.h"
#include "text/cursor.h"
#include "text/hex.h"

namespace ip {
namespace {

using text::Cursor;

// snum = 1*3DIGIT ; 0 through 255, and no leading zeros, which some read as octal
std::optional<unsigned> take_number(Cursor& in, std::size_t most_digits, unsigned most) {
    const auto digits = in.take_while(text::is_digit);
    if (digits.empty() || digits.size() > most_digits || (digits.size() > 1 && digits[0] == '0')) return std::nullopt;
    unsigned number = 0;
    for (char c : digits) number = 10 * number + static_cast<unsigned>(c - '0');
    if (number > most) return std::nullopt;
    return number;
}

std::optional<Address> parse_v4(std::string_view text) {
    Cursor in(text);
    std::array<std::uint8_t, 4> octets{};
    for (std::size_t i = 0; i < 4; ++i) {
        if (i > 0 && !in.take('.')) return std::nullopt;
        const auto number = take_number(in, 3, 255);
        if (!number) return std::nullopt;
        octets[i] = static_cast<std::uint8_t>(*number);
    }
    if (!in.at_end()) return std::nullopt;
    return v4(octets);
}

// The 16-bit groups of an IPv6 text, and where "::" stands among them.
struct Groups {
    std::array<std::uint16_t, 8> values{};
    std::size_t count = 0;
    std::optional<std::size_t> gap;

    bool add(std::uint16_t value) {
        if (count == values.size()) return false;
        values[count++] = value;
        return true;
    }
};

std::optional<std::uint16_t> parse_group(std::string_view digits) {
    if (digits.empty() || digits.size() > 4) return std::nullopt;
    unsigned value = 0;
    for (char c : digits) value = value << 4 | static_cast<unsigned>(text::hex_value(c));
    return static_cast<std::uint16_t>(value);
}

bool add_v4_tail(Groups& groups, std::string_view tail) {
    const auto address = parse_v4(tail);
    if (!address) return false;
    const auto& o = address->octets;
    return groups.add(static_cast<std::uint16_t>(o[0] << 8 | o[1])) &&
           groups.add(static_cast<std::uint16_t>(o[2] << 8 | o[3]));
}

// One group, or the dotted form of the last two; then the separator behind it.
bool take_group(Cursor& in, Groups& groups) {
    const auto rest = in.rest();
    const auto digits = in.take_while([](char c) { return text::hex_value(c) >= 0; });
    if (in.peek() == '.') {
        in.take_bytes(rest.size());
        return add_v4_tail(groups, rest);
    }
    const auto value = parse_group(digits);
    if (!value || !groups.add(*value)) return false;
    if (in.at_end()) return true;
    if (!in.take(':')) return false;
    if (in.take(':')) {
        if (groups.gap) return false;
        groups.gap = groups.count;
        return true;
    }
    return !in.at_end();
}

std::optional<Address> address_of(const Groups& groups) {
    if (groups.gap ? groups.count > 7 : groups.count != 8) return std::nullopt;
    Address address{Family::V6, {}};
    const std::size_t before = groups.gap.value_or(8);
    const std::size_t zeros = 8 - groups.count;
    for (std::size_t i = 0; i < groups.count; ++i) {
        const std::size_t at = 2 * (i < before ? i : i + zeros);
        address.octets[at] = static_cast<std::uint8_t>(groups.values[i] >> 8);
        address.octets[at + 1] = static_cast<std::uint8_t>(groups.values[i] & 0xff);
    }
    return address;
}

std::optional<Address> parse_v6(std::string_view text) {
    Cursor in(text);
    Groups groups;
    if (text.starts_with("::")) {
        in.take_bytes(2);
        groups.gap = 0;
    }
    while (!in.at_end())
        if (!take_group(in, groups)) return std::nullopt;
    return address_of(groups);
}

unsigned group_at(const Address& address, std::size_t i) {
    return static_cast<unsigned>(address.octets[2 * i] << 8 | address.octets[2 * i + 1]);
}

struct Run {
    std::size_t first = 8;
    std::size_t length = 0;
};

// RFC 5952 §4.2: the longest run of at least two zero groups, the first of equals.
Run longest_zero_run(const Address& address) {
    Run longest;
    Run run;
    for (std::size_t i = 0; i < 8; ++i) {
        if (group_at(address, i) != 0) {
            run.length = 0;
            continue;
        }
        if (run.length++ == 0) run.first = i;
        if (run.length >= 2 && run.length > longest.length) longest = run;
    }
    return longest;
}

bool is_v4_mapped(const Address& address) {
    return address.is_v6() &&
           std::all_of(address.octets.begin(), address.octets.begin() + 10, [](auto o) { return o == 0; }) &&
           address.octets[10] == 0xff && address.octets[11] == 0xff;
}

std::string v6_text(const Address& address) {
    if (is_v4_mapped(address)) return "::ffff:" + to_text(address.unmapped());  // RFC 5952 §5
    const auto run = longest_zero_run(address);
    std::string out;
    for (std::size_t i = 0; i < 8; ++i) {
        if (i == run.first && run.length > 0) {
            out += "::";
            i += run.length - 1;
            continue;
        }
        if (!out.empty() && !out.ends_with(':')) out += ':';
        out += fmt::format("{:x}", group_at(address, i));
    }
    return out;
}

bool is_in(const Address& address, const Network& network) { return network.contains(address); }

}  // namespace

Address v4(std::array<std::uint8_t, 4> octets) {
    Address address;
    std::ranges::copy(octets, address.octets.begin());
    return address;
}

Address v4(std::uint32_t host_order) {
    return v4({static_cast<std::uint8_t>(host_order >> 24), static_cast<std::uint8_t>(host_order >> 16 & 0xff),
               static_cast<std::uint8_t>(host_order >> 8 & 0xff), static_cast<std::uint8_t>(host_order & 0xff)});
}

Address v6(std::array<std::uint8_t, 16> octets) { return {Family::V6, octets}; }

bool Address::is_unspecified() const {
    return std::ranges::all_of(octets, [](auto octet) { return octet == 0; });
}
bool Address::is_loopback() const {
    static const Network v6_loopback{v6({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}), 128};
    return is_v4() ? octets[0] == 127 : is_in(*this, v6_loopback);
}
bool Address::is_private() const {
    if (is_v6()) return (octets[0] & 0xfe) == 0xfc;
    return octets[0] == 10 || (octets[0] == 172 && (octets[1] & 0xf0) == 16) || (octets[0] == 192 && octets[1] == 168);
}
bool Address::is_link_local() const {
    return is_v4() ? octets[0] == 169 && octets[1] == 254 : octets[0] == 0xfe && (octets[1] & 0xc0) == 0x80;
}
bool Address::is_multicast() const { return is_v4() ? (octets[0] & 0xf0) == 0xe0 : octets[0] == 0xff; }

Address Address::unmapped() const {
    return is_v4_mapped(*this) ? v4({octets[12], octets[13], octets[14], octets[15]}) : *this;
}

std::optional<Address> parse_address(std::string_view text) {
    return text.find(':') == std::string_view::npos ? parse_v4(text) : parse_v6(text);
}

std::string to_text(const Address& address) {
    const auto& o = address.octets;
    return address.is_v4() ? fmt::format("{}.{}.{}.{}", o[0], o[1], o[2], o[3]) : v6_text(address);
}

bool Network::contains(const Address& candidate) const {
    if (candidate.family != address.family) return false;
    const auto whole = static_cast<std::size_t>(prefix_length / 8);
    if (!std::equal(address.octets.begin(), address.octets.begin() + prefix_length / 8, candidate.octets.begin()))
        return false;
    const int left = prefix_length % 8;
    return left == 0 || (address.octets[whole] ^ candidate.octets[whole]) >> (8 - left) == 0;
}

std::optional<Network> parse_network(std::string_view text) {
    const auto slash = text.find('/');
    const auto address = parse_address(text.substr(0, slash));
    if (!address) return std::nullopt;
    Network network{*address, address->bits()};
    if (slash == std::string_view::npos) return network;
    Cursor in(text.substr(slash + 1));
    const auto length = take_number(in, 3, static_cast<unsigned>(address->bits()));
    if (!length || !in.at_end()) return std::nullopt;
    network.prefix_length = static_cast<int>(*length);
    for (int bit = network.prefix_length; bit < 128; ++bit)
        network.address.octets[static_cast<std::size_t>(bit / 8)] &= static_cast<std::uint8_t>(~(0x80 >> bit % 8));
    return network;
}

std::string to_text(const Network& network) {
    return fmt::format("{}/{}", to_text(network.address), network.prefix_length);
}

std::optional<Endpoint> parse_endpoint(std::string_view text) {
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos) return std::nullopt;
    auto host = text.substr(0, colon);
    const bool is_bracketed = host.starts_with('[') && host.ends_with(']');
    if (is_bracketed) host = host.substr(1, host.size() - 2);
    const auto address = parse_address(host);
    if (!address || address->is_v6() != is_bracketed) return std::nullopt;
    Cursor in(text.substr(colon + 1));
    const auto port = take_number(in, 5, 65535);
    if (!port || !in.at_end()) return std::nullopt;
    return Endpoint{*address, static_cast<std::uint16_t>(*port)};
}

std::string to_text(const Endpoint& endpoint) {
    const auto host = to_text(endpoint.address);
    return endpoint.address.is_v4() ? fmt::format("{}:{}", host, endpoint.port)
                                    : fmt::format("[{}]:{}", host, endpoint.port);
}

std::optional<Address> parse_address_literal(std::string_view inside) {
    constexpr std::string_view tag = "IPv6:";
    if (!text::starts_with_ignoring_case(inside, tag)) return parse_v4(inside);
    inside.remove_prefix(tag.size());
    return inside.find(':') == std::string_view::npos ? std::nullopt : parse_v6(inside);
}

std::string address_literal(const Address& address) {
    return (address.is_v4() ? "[" : "[IPv6:") + to_text(address) + "]";
}

}  // namespace ip
