#include "screening/address_in_name.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>

#include "fuzz.h"

// An address that was written into a name is found, whatever stands around it. Case and a final dot change nothing.
FUZZ(text) {
    std::array<std::uint8_t, 4> octets{192, 0, 2, 17};
    if (text.size() >= 4) std::ranges::copy(text.substr(0, 4), octets.begin());
    const auto address = ip::v4(octets);
    const bool is_there = screening::has_address(text, address);
    VERIFY(screening::has_address(std::string(text) + '.', address) == is_there || text.size() >= 255);
    static_cast<void>(screening::has_address(text, ip::v6({0x20, 0x01, 0x0d, 0xb8})));
    const auto around = text.substr(0, std::min<std::size_t>(text.size(), 100));
    const auto written = fmt::format("{}-{}-{}-{}.{}-{}_{}x{}", around, octets[3], octets[2], octets[1], octets[0],
                                     octets[1], octets[2], octets[3]);
    VERIFY(screening::has_address(written, address));

    const auto keyword = screening::parse_keyword(text);
    for (const auto& word : keyword.words) VERIFY(!word.empty() && !word.contains(' '));
    VERIFY(keyword.words.empty() || keyword.words.front().starts_with('.') || keyword.words.front().contains('.') ||
           screening::matches({{keyword.words.front()}}, keyword.words.front() + ".a.example"));
    static_cast<void>(screening::is_in_country(text));
}
