#pragma once
// The packets of which the milter protocol is made: four octets of length in network order, a command, its data.
//
// Hostile: the length is the filter's word. More than longest_packet is never gathered; none is no packet.

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace milter {

constexpr std::size_t longest_packet = 256 * 1024;  // a filter of ours sends no more than 64 KiB of a body at once

struct Packet {
    char command = 0;
    std::string data;
    bool operator==(const Packet&) const = default;
};

std::string to_octets(char command, std::string_view data = {});
/// In network order.
std::string number(std::uint32_t value);
std::optional<std::uint32_t> take_number(std::string_view& data);
/// Up to a NUL, which goes too; nothing: there is none.
std::optional<std::string_view> take_text(std::string_view& data);

class PacketReader {
public:
    void add(std::string_view octets) { octets_ += octets; }
    /// Nothing: more has to come. The error is for people; nothing can be read any more after it.
    std::expected<std::optional<Packet>, std::string> next();

private:
    std::string octets_;
};

}  // namespace milter
