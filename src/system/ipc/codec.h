#pragma once
// Messages between our processes as octets. A message is a struct with `fields(const M*)` returning a tuple of member
// pointers; each field follows in order, little-endian, lengths first. The type of a message is its index in the
// receiver's Inbox variant.
//
// Hostile: the peer may be a process somebody broke into. Every length is checked against what is there before anything
// is allocated; enumerations are carried as numbers and must be checked where they matter (is_known()).

#include <fcntl.h>

#include <array>
#include <bit>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <deque>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <variant>
#include <vector>

#include "file/descriptor.h"

namespace ipc {

enum class Malformed { UnknownType, TooShort, TrailingBytes, MissingDescriptor };

/// A message ready to be sent: its octets, and the descriptors that travel beside them.
struct Encoded {
    std::string& bytes;
    std::vector<file::Descriptor>& descriptors;
};

/// A message as received.
struct Source {
    std::string_view bytes;
    std::deque<file::Descriptor>& descriptors;
};

template <typename M>
concept Structure = requires(const M* m) { fields(m); };
template <typename T>
concept Number = std::integral<T> || std::is_enum_v<T>;

template <Number T>
void put(Encoded& out, const T& number) {
    char octets[sizeof(T)];
    std::memcpy(octets, &number, sizeof(T));  // all our machines are little-endian; checked below
    out.bytes.append(octets, sizeof(T));
}
static_assert(std::endian::native == std::endian::little);

inline void put(Encoded& out, const std::string& text) {
    put(out, static_cast<std::uint32_t>(text.size()));
    out.bytes += text;
}
inline void put(Encoded& out, const file::Descriptor& descriptor) {
    // A process that may have no more descriptors sends the message without: the receiver sees one that is absent.
    file::Descriptor copy(descriptor ? ::fcntl(descriptor.get(), F_DUPFD_CLOEXEC, 0) : -1);
    put(out, static_cast<std::uint8_t>(bool(copy)));
    if (copy) out.descriptors.push_back(std::move(copy));
}
template <Structure M>
void put(Encoded& out, const M& message);
template <typename T>
void put(Encoded& out, const std::optional<T>& value) {
    put(out, static_cast<std::uint8_t>(value.has_value()));
    if (value) put(out, *value);
}
template <typename T>
void put(Encoded& out, const std::vector<T>& values) {
    put(out, static_cast<std::uint32_t>(values.size()));
    for (const auto& value : values) put(out, value);
}
template <Number T, std::size_t N>
void put(Encoded& out, const std::array<T, N>& values) {
    for (const T value : values) put(out, value);
}
template <Structure M>
void put(Encoded& out, const M& message) {
    std::apply([&](auto... field) { (put(out, message.*field), ...); }, fields(&message));
}

template <Number T>
bool get(Source& in, T& number) {
    if (in.bytes.size() < sizeof(T)) return false;
    if constexpr (std::same_as<T, bool>) {
        if (in.bytes.front() != '\0' && in.bytes.front() != '\1') return false;
    }
    std::memcpy(&number, in.bytes.data(), sizeof(T));
    in.bytes.remove_prefix(sizeof(T));
    return true;
}
inline bool get(Source& in, std::string& text) {
    std::uint32_t length;
    if (!get(in, length) || length > in.bytes.size()) return false;
    text.assign(in.bytes.substr(0, length));
    in.bytes.remove_prefix(length);
    return true;
}
inline bool get(Source& in, file::Descriptor& descriptor) {
    std::uint8_t present;
    if (!get(in, present) || present > 1) return false;
    if (!present) return true;
    if (in.descriptors.empty()) return false;
    descriptor = std::move(in.descriptors.front());
    in.descriptors.pop_front();
    return true;
}
template <Structure M>
bool get(Source& in, M& message);
template <typename T>
bool get(Source& in, std::optional<T>& value) {
    std::uint8_t present;
    if (!get(in, present) || present > 1) return false;
    return !present || get(in, value.emplace());
}
template <typename T>
bool get(Source& in, std::vector<T>& values) {
    std::uint32_t count;
    if (!get(in, count) || count > in.bytes.size()) return false;  // every element takes an octet or more
    values.clear();
    for (std::uint32_t i = 0; i < count; ++i)
        if (!get(in, values.emplace_back())) return false;
    return true;
}
template <Number T, std::size_t N>
bool get(Source& in, std::array<T, N>& values) {
    for (T& value : values)
        if (!get(in, value)) return false;
    return true;
}
template <Structure M>
bool get(Source& in, M& message) {
    return std::apply([&](auto... field) { return (get(in, message.*field) && ...); }, fields(&message));
}

template <typename M, typename Inbox>
struct IndexIn;
template <typename M, typename... Ms>
struct IndexIn<M, std::variant<Ms...>> {
    static constexpr std::size_t value = [] {
        constexpr std::array<bool, sizeof...(Ms)> same{std::same_as<M, Ms>...};
        for (std::size_t i = 0; i < same.size(); ++i)
            if (same[i]) return i;
        return same.size();
    }();
    static_assert(value < sizeof...(Ms), "this peer does not accept that message");
};

/// Appends type and fields of `message` for a receiver whose inbox is `Inbox`.
template <typename Inbox, typename M>
void encode(const M& message, Encoded out) {
    put(out, static_cast<std::uint8_t>(IndexIn<M, Inbox>::value));
    put(out, message);
}

template <typename Inbox, std::size_t I = 0>
std::expected<Inbox, Malformed> decode_as(std::size_t type, Source& in) {
    if constexpr (I == std::variant_size_v<Inbox>) {
        return std::unexpected(Malformed::UnknownType);
    } else {
        if (type != I) return decode_as<Inbox, I + 1>(type, in);
        Inbox inbox(std::in_place_index<I>);
        if (!get(in, std::get<I>(inbox))) return std::unexpected(Malformed::TooShort);
        if (!in.bytes.empty()) return std::unexpected(Malformed::TrailingBytes);
        return inbox;
    }
}

/// One whole message: type and fields, nothing behind them.
template <typename Inbox>
std::expected<Inbox, Malformed> decode(std::string_view bytes, std::deque<file::Descriptor>& descriptors) {
    Source in{bytes, descriptors};
    std::uint8_t type;
    if (!get(in, type)) return std::unexpected(Malformed::TooShort);
    return decode_as<Inbox>(type, in);
}

}  // namespace ipc
