#include "policyd/handed_in.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "mime/header.h"
#include "policyd/sign.h"
#include "text/ascii.h"

namespace policyd {
namespace {

bool is_ours(const site::Relay& relay, const ip::Address& address) {
    return address.is_loopback() || site::may_relay(relay, address);
}

/// The host that brought the message to whoever wrote this field; empty: one of ours, or none did. Hostile: HELO is the
/// client's word and may look like an address; so of several none may be another's.
std::string stranger_in(const site::Relay& relay, const mime::Field& received) {
    const auto value = mime::unfold(received.value);
    auto rest = text::trim(std::string_view(value));
    if (!text::starts_with_ignoring_case(rest, "from ")) return {};  // a program there
    bool is_known = false;
    bool is_name = false;  // what an "id" is followed by: Exchange writes its version there
    while (!rest.empty()) {
        auto word = rest.substr(0, rest.find_first_of(" \t()[]<>;,=@"));
        rest.remove_prefix(std::min(word.size() + 1, rest.size()));
        if (text::starts_with_ignoring_case(word, "IPv6:")) word.remove_prefix(5);
        const auto address = std::exchange(is_name, word == "id") ? std::nullopt : ip::parse_address(word);
        if (!address) continue;
        if (!is_ours(relay, address->unmapped())) return ip::to_text(*address);
        is_known = true;
    }
    return is_known ? "" : "a host without an address";
}

/// That all mail is signed in the provider's name, too, is meant for mail of people whom he knows.
bool has_author_of_ours(const site::Dkim& dkim, const dkim::Header& header) {
    if (dkim.always.empty()) return true;  // then nothing is signed for others anyway
    auto table = dkim;
    table.always.clear();
    return !keys_for(table, header).empty();
}

}  // namespace

std::string why_unsigned(const Config& config, Bringer bringer, const dkim::Header& header) {
    if (bringer == Bringer::Account) return {};
    const auto hops = bringer == Bringer::List ? std::vector<const mime::Field*>() : header.named("Received");
    if (bringer == Bringer::LocalProgram && hops.size() > 1) return "not signed: a program passes it on";
    for (std::size_t i = 1; i < hops.size(); ++i)
        if (const auto stranger = stranger_in(config.relay, *hops[i]); !stranger.empty())
            return fmt::format("not signed: a client passes it on, who has it from {}", stranger);
    return has_author_of_ours(config.dkim, header) ? "" : "not signed: its author is nobody of ours";
}

}  // namespace policyd
