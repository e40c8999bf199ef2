#include "qmgr/conclusion.h"

#include <algorithm>

#include <fmt/format.h>

namespace qmgr {

std::uint64_t places_of(const Conclusion& conclusion) {
    std::uint64_t out = 0;
    for (const auto& verdict : conclusion.verdicts) out |= 1ULL << verdict.place;
    return out;
}

std::string diagnostic_of(const Verdict& verdict) {
    constexpr std::size_t longest = 500;
    const auto& reply = verdict.reply;
    std::string text =
        fmt::format("{}{}{} {}", reply.code, reply.enhanced.empty() ? "" : " ", reply.enhanced, reply.text);
    std::ranges::replace(text, '\n', ' ');
    if (text.size() > longest) text.resize(longest);
    if (!verdict.remote.empty()) text += fmt::format(" ({})", verdict.remote);
    return text;
}

std::string host_of(std::string_view remote) {
    const auto bracket = remote.find('[');
    if (bracket == std::string_view::npos) return std::string(remote.substr(0, remote.find(':')));
    if (bracket > 0) return std::string(remote.substr(0, bracket));
    return std::string(remote.substr(0, remote.find(']') + 1));
}

std::string status_of(const smtp::Reply& reply) {
    if (!reply.enhanced.empty()) return reply.enhanced;
    return fmt::format("{}.0.0", reply.code / 100);
}

}  // namespace qmgr
