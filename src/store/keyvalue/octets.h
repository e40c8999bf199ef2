#pragma once
// Numbers in keys and values: the highest octet first, so that keys stand in the order of their numbers.

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace keyvalue {

template <std::unsigned_integral T>
void append_number(std::string& to, T number) {
    for (std::size_t shift = sizeof(T); shift-- > 0;) to += static_cast<char>(number >> (8 * shift) & 0xff);
}

template <std::unsigned_integral T>
std::string octets_of(T number) {
    std::string octets;
    append_number(octets, number);
    return octets;
}

/// Takes one off the front; nothing where there are too few octets.
template <std::unsigned_integral T>
std::optional<T> take_number(std::string_view& from) {
    if (from.size() < sizeof(T)) return std::nullopt;
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < sizeof(T); ++i) number = number << 8 | static_cast<unsigned char>(from[i]);
    from.remove_prefix(sizeof(T));
    return static_cast<T>(number);
}

}  // namespace keyvalue
