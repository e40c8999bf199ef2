#include "proxy/header.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "checksum/crc32c.h"

namespace proxy {
namespace {

constexpr std::string_view signature("\r\n\r\n\0\r\nQUIT\n", 12);
constexpr std::string_view version_1 = "PROXY ";
constexpr std::size_t fixed_length = 16;  // signature, version and command, family, length
constexpr std::uint8_t tcp_over_ipv4 = 0x11;
constexpr std::uint8_t tcp_over_ipv6 = 0x21;
constexpr std::uint8_t unspecified = 0x00;
constexpr std::uint8_t tlv_crc32c = 0x03;

std::uint8_t octet_at(std::string_view octets, std::size_t at) { return static_cast<std::uint8_t>(octets[at]); }

std::uint16_t number_at(std::string_view octets, std::size_t at) {
    return static_cast<std::uint16_t>(octet_at(octets, at) << 8 | octet_at(octets, at + 1));
}

template <std::size_t length>
std::array<std::uint8_t, length> array_at(std::string_view octets, std::size_t at) {
    std::array<std::uint8_t, length> out{};
    for (std::size_t i = 0; i < length; ++i) out[i] = octet_at(octets, at + i);
    return out;
}

/// Whether what has arrived can still become the prefix.
bool may_be(std::string_view octets, std::string_view prefix) {
    const auto length = std::min(octets.size(), prefix.size());
    return octets.substr(0, length) == prefix.substr(0, length);
}

void read_ipv4(std::string_view addresses, Header& header) {
    header.client = {ip::v4(array_at<4>(addresses, 0)), number_at(addresses, 8)};
    header.server = {ip::v4(array_at<4>(addresses, 4)), number_at(addresses, 10)};
}

void read_ipv6(std::string_view addresses, Header& header) {
    header.client = {ip::v6(array_at<16>(addresses, 0)).unmapped(), number_at(addresses, 32)};
    header.server = {ip::v6(array_at<16>(addresses, 16)).unmapped(), number_at(addresses, 34)};
}

/// Reads the addresses behind the fixed part; returns how many octets they take.
std::expected<std::size_t, Error> read_addresses(std::uint8_t family, std::string_view rest, Header& header) {
    const std::size_t length = family == tcp_over_ipv4 ? 12 : family == tcp_over_ipv6 ? 36 : 0;
    if (family != tcp_over_ipv4 && family != tcp_over_ipv6 && family != unspecified)
        return std::unexpected(Error::BadFamily);
    if (rest.size() < length) return std::unexpected(Error::BadLength);
    if (family == tcp_over_ipv4) read_ipv4(rest, header);
    if (family == tcp_over_ipv6) read_ipv6(rest, header);
    return length;
}

// §2.2.2: the checksum is taken over the whole header with the checksum itself as zeros.
bool checksum_matches(std::string_view header, std::size_t at) {
    std::uint32_t said = 0;
    for (std::size_t i = 0; i < 4; ++i) said = said << 8 | octet_at(header, at + i);
    std::string zeroed(header);
    zeroed.replace(at, 4, 4, '\0');
    return checksum::crc32c(zeroed) == said;
}

// TLV: type, length of two octets, value                                          §2.2
std::optional<Error> check_tlvs(std::string_view header, std::size_t at) {
    while (at < header.size()) {
        if (header.size() - at < 3) return Error::BadTlv;
        const auto type = octet_at(header, at);
        const std::size_t length = number_at(header, at + 1);
        at += 3;
        if (length > header.size() - at) return Error::BadTlv;
        if (type == tlv_crc32c && length != 4) return Error::BadTlv;
        if (type == tlv_crc32c && !checksum_matches(header, at)) return Error::BadChecksum;
        at += length;
    }
    return std::nullopt;
}

std::expected<Header, Error> read_header(std::string_view header) {
    Header read;
    read.length = header.size();
    const auto command = octet_at(header, 12) & 0x0F;
    const auto family = octet_at(header, 13);
    if (command > 1) return std::unexpected(Error::BadCommand);
    if (command == 0) return read;  // LOCAL: whatever follows is to be skipped
    const auto addresses = read_addresses(family, header.substr(fixed_length), read);
    if (!addresses) return std::unexpected(addresses.error());
    if (family == unspecified) return read;
    if (const auto error = check_tlvs(header, fixed_length + *addresses)) return std::unexpected(*error);
    return read;
}

}  // namespace

std::expected<std::optional<Header>, Error> parse_header(std::string_view octets) {
    if (!octets.empty() && may_be(octets, version_1)) {
        if (octets.size() < version_1.size()) return std::nullopt;
        return std::unexpected(Error::Version1);
    }
    if (!may_be(octets, signature)) return std::unexpected(Error::NotProxy);
    if (octets.size() > 12 && octet_at(octets, 12) >> 4 != 2) return std::unexpected(Error::BadVersion);
    if (octets.size() < fixed_length) return std::nullopt;
    const std::size_t length = fixed_length + number_at(octets, 14);
    if (length > longest_header) return std::unexpected(Error::BadLength);
    if (octets.size() < length) return std::nullopt;
    auto header = read_header(octets.substr(0, length));
    if (!header) return std::unexpected(header.error());
    return *header;
}

std::string_view describe(Error error) {
    switch (error) {
        case Error::NotProxy: return "no PROXY header";
        case Error::Version1: return "PROXY version 1, which is not taken";
        case Error::BadVersion: return "unknown PROXY version";
        case Error::BadCommand: return "unknown PROXY command";
        case Error::BadFamily: return "PROXY for something else than TCP over IPv4 or IPv6";
        case Error::BadLength: return "PROXY header of an impossible length";
        case Error::BadTlv: return "PROXY extension reaches beyond the header";
        case Error::BadChecksum: return "PROXY checksum does not match";
    }
    std::unreachable();
}

}  // namespace proxy
