#include "screening/dns_list.h"

#include <fmt/format.h>

#include <algorithm>
#include <variant>

#include "dns/reverse.h"

namespace screening {
namespace {

constexpr std::size_t most_answers = 64;

std::optional<std::uint32_t> parse_v4(std::string_view text) {
    const auto address = ip::parse_address(text);
    if (!address || !address->is_v4()) return std::nullopt;
    const auto& octets = address->octets;
    return std::uint32_t{octets[0]} << 24 | std::uint32_t{octets[1]} << 16 | std::uint32_t{octets[2]} << 8 | octets[3];
}

std::uint32_t number_of(const ip::Address& address) {
    const auto& octets = address.octets;
    return std::uint32_t{octets[0]} << 24 | std::uint32_t{octets[1]} << 16 | std::uint32_t{octets[2]} << 8 | octets[3];
}

constexpr std::uint32_t test_network = 0x7f00'0000;       // 127.0.0.0/8
constexpr std::uint32_t complaint_network = 0x7fff'ff00;  // 127.255.255.0/24

bool is_complaint(std::uint32_t answer) { return (answer & 0xffff'ff00) == complaint_network; }
bool is_in_earnest(std::uint32_t answer) { return (answer & 0xff00'0000) == test_network && !is_complaint(answer); }

std::vector<ip::Address> addresses_in(const dns::Answer& answer) {
    std::vector<ip::Address> addresses;
    if (!answer.has_records()) return addresses;
    for (const auto& record : answer.records) {
        const auto* host = std::get_if<dns::Host>(&record.value);
        if (host && host->address.is_v4() && addresses.size() < most_answers) addresses.push_back(host->address);
    }
    return addresses;
}

/// `labels` in front of the zone.
std::optional<dns::Name> below(std::vector<std::string_view> labels, dns::Name zone) {
    for (auto label = labels.rbegin(); label != labels.rend(); ++label) {
        auto next = zone.child(*label);
        if (!next) return std::nullopt;
        zone = *std::move(next);
    }
    return zone;
}

std::vector<std::string> labels_of(dns::Name name) {
    std::vector<std::string> labels;
    for (; !name.is_root(); name = name.parent()) labels.emplace_back(name.first_label());
    return labels;
}

std::optional<dns::Name> below(const dns::Name& name, std::size_t left_out, const dns::Name& zone) {
    const auto labels = labels_of(name);
    std::vector<std::string_view> kept(labels.begin(), labels.end() - static_cast<std::ptrdiff_t>(left_out));
    return below(std::move(kept), zone);
}

dns::Question ask_for_test_point(std::uint32_t address, std::string_view name, const dns::Name& zone,
                                 bool is_of_names) {
    if (!is_of_names) return question_about(ip::v4(address), zone);
    return {zone.child(name).value_or(zone), dns::Type::A};
}

}  // namespace

std::optional<AnswerPattern> parse_answer_pattern(std::string_view text) {
    if (const auto at = text.find('&'); at != std::string_view::npos) {
        const auto base = parse_v4(text.substr(0, at));
        const auto mask = parse_v4(text.substr(at + 1));
        if (!base || !mask || *mask == 0 || (*base & *mask) != 0) return std::nullopt;
        return AnswerPattern{*base, *base, *mask};
    }
    if (const auto at = text.find('-'); at != std::string_view::npos) {
        const auto first = parse_v4(text.substr(0, at));
        const auto last = parse_v4(text.substr(at + 1));
        if (!first || !last || *first > *last) return std::nullopt;
        return AnswerPattern{*first, *last, 0};
    }
    const auto network = ip::parse_network(text);
    if (!network || !network->address.is_v4()) return std::nullopt;
    const auto first = number_of(network->address);
    const auto hosts =
        network->prefix_length == 0 ? 0xffff'ffff : (std::uint64_t{1} << (32 - network->prefix_length)) - 1;
    return AnswerPattern{first, first | static_cast<std::uint32_t>(hosts), 0};
}

bool matches(const AnswerPattern& pattern, std::uint32_t answer) {
    if (pattern.mask != 0) return (answer & ~pattern.mask) == pattern.first && (answer & pattern.mask) != 0;
    return answer >= pattern.first && answer <= pattern.last;
}

dns::Question question_about(const ip::Address& address, const dns::Name& zone) {
    constexpr std::size_t arpa = 2;  // "in-addr.arpa", "ip6.arpa"
    return {below(dns::reverse_name(address), arpa, zone).value_or(zone), dns::Type::A};
}

std::optional<dns::Question> question_about(const dns::Name& name, const dns::Name& zone) {
    if (name.is_root()) return std::nullopt;
    auto whole = below(name, 0, zone);
    if (!whole) return std::nullopt;
    return dns::Question{*std::move(whole), dns::Type::A};
}

dns::Question question_about_life(const dns::Name& zone, bool is_of_names) {
    return ask_for_test_point(0x7f00'0002, "test", zone, is_of_names);
}

dns::Question question_about_sanity(const dns::Name& zone, bool is_of_names) {
    return ask_for_test_point(0x7f00'0001, "invalid", zone, is_of_names);
}

std::vector<ip::Address> listings(const dns::Answer& answer, const std::vector<AnswerPattern>& patterns) {
    auto addresses = addresses_in(answer);
    std::erase_if(addresses, [&](const ip::Address& address) {
        const auto number = number_of(address);
        const auto counts = [&](const AnswerPattern& pattern) { return matches(pattern, number); };
        return !is_in_earnest(number) || (!patterns.empty() && std::ranges::none_of(patterns, counts));
    });
    return addresses;
}

std::optional<std::string> complaint(const dns::Answer& answer) {
    for (const auto& address : addresses_in(answer)) {
        const auto number = number_of(address);
        if (is_complaint(number)) return fmt::format("refuses our questions: {}", ip::to_text(address));
        if (!is_in_earnest(number)) return fmt::format("is no list: it answers {}", ip::to_text(address));
    }
    return std::nullopt;
}

}  // namespace screening
