#include "import/networks.h"

#include <algorithm>
#include <bit>
#include <cstdint>

#include "import/lines.h"

namespace import {
namespace {

constexpr std::size_t most_networks = 2000;

bool is_within(const ip::Network& inner, const ip::Network& outer) {
    return inner.prefix_length >= outer.prefix_length && outer.contains(inner.address);
}

/// The other half of the network that is one bit larger than `address`/`length`.
ip::Network sibling(const ip::Address& address, int length) {
    ip::Network network{.address = address, .prefix_length = length};
    const auto bit = static_cast<std::size_t>(length - 1);
    network.address.octets[bit / 8] ^= static_cast<std::uint8_t>(0x80u >> (bit % 8));
    return *ip::parse_network(ip::to_text(network));  // the bits behind the prefix are cleared
}

struct Range {
    unsigned first = 0;
    unsigned last = 0;
};

std::optional<Range> parse_octet(std::string_view text) {
    const auto ends = split(text, '-', 2);
    const auto first = parse_number(ends.front());
    const auto last = parse_number(ends.back());
    if (!first || !last || *first > *last || *last > 255) return std::nullopt;
    return Range{static_cast<unsigned>(*first), static_cast<unsigned>(*last)};
}

std::optional<ip::Network> with_mask(std::string_view address, std::string_view mask) {
    const auto network = ip::parse_address(address);
    const auto bits = ip::parse_address(mask);
    if (!network || !bits || !network->is_v4() || !bits->is_v4()) return std::nullopt;
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < 4; ++i) value = value << 8 | bits->octets[i];
    const int length = std::countl_one(value);
    if (std::popcount(value) != length) return std::nullopt;
    return ip::parse_network(ip::to_text(ip::Network{.address = *network, .prefix_length = length}));
}

/// The octets that are given, of which the last may be a range.
std::optional<std::vector<ip::Network>> networks_of(const std::vector<std::string_view>& octets) {
    std::array<std::uint8_t, 4> address{};
    Range range;
    for (std::size_t i = 0; i < octets.size(); ++i) {
        const auto octet = parse_octet(octets[i]);
        if (!octet || (octet->first != octet->last && i + 1 < octets.size())) return std::nullopt;
        address[i] = static_cast<std::uint8_t>(octet->first);
        range = *octet;
    }
    std::vector<ip::Network> networks;
    for (unsigned value = range.first; value <= range.last; ++value) {
        address[octets.size() - 1] = static_cast<std::uint8_t>(value);
        networks.push_back({.address = ip::v4(address), .prefix_length = static_cast<int>(octets.size() * 8)});
    }
    return networks;
}

}  // namespace

void Networks::add(const ip::Network& network) {
    if (std::ranges::any_of(list_, [&](const auto& present) { return is_within(network, present); })) return;
    std::erase_if(list_, [&](const auto& present) { return is_within(present, network); });
    if (is_full())
        is_incomplete_ = true;
    else
        list_.push_back(network);
}

bool Networks::is_full() const { return list_.size() >= most_networks; }

void Networks::take_out(const ip::Network& hole) {
    std::vector<ip::Network> left;
    for (const auto& network : list_) {
        if (is_within(network, hole)) continue;
        if (!is_within(hole, network)) {
            left.push_back(network);
            continue;
        }
        if (is_full()) {
            is_incomplete_ = true;
            continue;
        }
        for (int length = network.prefix_length + 1; length <= hole.prefix_length; ++length)
            left.push_back(sibling(hole.address, length));
    }
    list_ = std::move(left);
}

std::optional<std::vector<ip::Network>> parse_pattern(std::string_view text, bool dot_is_optional) {
    if (const auto network = ip::parse_network(text)) return std::vector{*network};
    if (const auto slash = text.find('/'); slash != std::string_view::npos) {
        const auto network = with_mask(text.substr(0, slash), text.substr(slash + 1));
        return network ? std::optional(std::vector{*network}) : std::nullopt;
    }
    const bool has_dot = text.ends_with('.');
    if (has_dot) text.remove_suffix(1);
    const auto octets = split(text, '.', 5);
    if (octets.size() > 4 || (octets.size() == 4 && has_dot)) return std::nullopt;
    if (octets.size() < 4 && !has_dot && !dot_is_optional) return std::nullopt;
    return networks_of(octets);
}

std::vector<std::string> to_texts(const Networks& networks) {
    auto list = networks.list();
    std::ranges::sort(list);
    std::vector<std::string> texts;
    for (const auto& network : list) texts.push_back(ip::to_text(network));
    return texts;
}

}  // namespace import
