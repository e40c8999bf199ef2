#include "dns/zone_line.h"

#include <fmt/format.h>

#include <algorithm>

namespace dns {
namespace {

constexpr std::size_t longest_string = 255;

std::string quoted(std::string_view text) {
    std::string quoted = "\"";
    for (const char c : text) {
        const auto octet = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\')
            quoted += {'\\', c};
        else if (octet < 0x20 || octet > 0x7e)
            quoted += fmt::format("\\{:03}", octet);
        else
            quoted += c;
    }
    return quoted + '"';
}

}  // namespace

std::string zone_line(std::string_view name, std::string_view type, std::string_view data) {
    return fmt::format("{}.\tIN\t{}\t{}", name, type, data);
}

std::string zone_line(std::string_view name, std::string_view text) {
    std::string data = "(";
    for (std::size_t at = 0; at == 0 || at < text.size(); at += longest_string)
        data += ' ' + quoted(text.substr(at, longest_string));
    return zone_line(name, "TXT", data + " )");
}

}  // namespace dns
