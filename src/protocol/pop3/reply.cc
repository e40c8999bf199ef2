#include "pop3/reply.h"

#include <fmt/format.h>

namespace pop3 {

std::string Reply::wire() const {
    const auto shown = code.empty() ? text : fmt::format("[{}] {}", code, text);
    return fmt::format("{} {}\r\n", is_positive ? "+OK" : "-ERR", shown);
}

Reply ok(std::string text) { return {.is_positive = true, .text = std::move(text)}; }
Reply err(std::string text, std::string_view code) {
    return {.is_positive = false, .text = std::move(text), .code = code};
}

std::string multiline(const Reply& first, const std::vector<std::string>& lines) {
    auto octets = first.wire();
    for (const auto& line : lines) octets += line + "\r\n";
    return octets + ".\r\n";
}

}  // namespace pop3
