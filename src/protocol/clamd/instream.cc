#include "clamd/instream.h"

namespace clamd {

std::string length_of(std::string_view piece) {
    const auto size = static_cast<std::uint32_t>(piece.size());
    std::string octets;
    for (const int shift : {24, 16, 8, 0}) octets += static_cast<char>(size >> shift & 0xff);
    return octets;
}

Verdict parse_reply(std::string_view line) {
    while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
    constexpr std::string_view stream = "stream: ", found = " FOUND";
    if (line == "stream: OK") return {Verdict::Kind::Clean, {}};
    if (line.starts_with(stream) && line.ends_with(found) && line.size() > stream.size() + found.size()) {
        line.remove_prefix(stream.size());
        line.remove_suffix(found.size());
        return {Verdict::Kind::Infected, std::string(line)};
    }
    return {Verdict::Kind::Error, "it says: " + std::string(line)};
}

std::optional<Verdict> ReplyReader::add(std::string_view octets) {
    const auto at = octets.find('\0');
    line_ += octets.substr(0, std::min(at, longest_reply + 1));
    if (line_.size() > longest_reply) return Verdict{Verdict::Kind::Error, "its answer has no end"};
    if (at == std::string_view::npos) return std::nullopt;
    return parse_reply(line_);
}

}  // namespace clamd
