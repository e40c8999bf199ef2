#include "milter/packet.h"

namespace milter {

std::string number(std::uint32_t value) {
    std::string octets;
    for (const int shift : {24, 16, 8, 0}) octets += static_cast<char>(value >> shift & 0xff);
    return octets;
}

std::string to_octets(char command, std::string_view data) {
    auto octets = number(static_cast<std::uint32_t>(data.size() + 1));
    octets += command;
    octets += data;
    return octets;
}

std::optional<std::uint32_t> take_number(std::string_view& data) {
    if (data.size() < 4) return std::nullopt;
    std::uint32_t value = 0;
    for (int i = 0; i < 4; ++i) value = value << 8 | static_cast<unsigned char>(data[static_cast<std::size_t>(i)]);
    data.remove_prefix(4);
    return value;
}

std::optional<std::string_view> take_text(std::string_view& data) {
    const auto end = data.find('\0');
    if (end == std::string_view::npos) return std::nullopt;
    const auto text = data.substr(0, end);
    data.remove_prefix(end + 1);
    return text;
}

std::expected<std::optional<Packet>, std::string> PacketReader::next() {
    std::string_view rest(octets_);
    const auto length = take_number(rest);
    if (!length) return std::nullopt;
    if (*length == 0) return std::unexpected("it sends a packet without a command");
    if (*length > longest_packet) return std::unexpected("it sends a packet that is too long");
    if (rest.size() < *length) return std::nullopt;
    Packet packet{.command = rest.front(), .data = std::string(rest.substr(1, *length - 1))};
    octets_.erase(0, 4 + *length);
    return packet;
}

}  // namespace milter
