#include "greylist/rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "text/ascii.h"

namespace greylist {
namespace {

using Why = Decision::Why;
using std::chrono::seconds;

/// In the wild: BATV signs the sender of each day anew, "prvs=0123456789=ann@example.org".
std::string_view without_batv(std::string_view sender) {
    if (!text::equal_ignoring_case(sender.substr(0, 5), "prvs=")) return sender;
    const auto equals = sender.find('=', 5);
    return equals == sender.npos || equals > sender.rfind('@') ? sender : sender.substr(equals + 1);
}

std::string network_of(const ip::Address& client) {
    auto address = client.unmapped();
    std::fill(address.octets.begin() + (address.is_v4() ? 3 : 8), address.octets.end(), std::uint8_t{0});
    return ip::to_text(address);
}

bool trusts(const Known& network, Doubt doubt) {
    return doubt == Doubt::Unproved || (doubt == Doubt::Unnamed && network.passes >= passes_of_a_network);
}

}  // namespace

std::string name_of_address(const std::string& address) {
    return address.empty() ? "" : "address " + text::lower(without_batv(address));
}
std::string name_of_domain(const std::string& domain) { return domain.empty() ? "" : "domain " + text::lower(domain); }

Names names_of(const Attempt& attempt, Key key) {
    const auto network = network_of(attempt.client);
    const auto sender = text::lower(without_batv(attempt.sender));
    const auto recipient = text::lower(attempt.recipient);
    Names names{.key = {},
                .network = "network " + network,
                .address = name_of_address(attempt.sender),
                .domain = name_of_domain(attempt.proved)};
    if (key == Key::Sender)
        names.key = fmt::format("pair {}\n{}", recipient, sender);
    else if (!names.domain.empty())
        names.key = names.domain;
    else
        names.key = fmt::format("triplet {}\n{}\n{}", network, recipient, sender);
    return names;
}

bool is_current(const Known& known, std::int64_t now, seconds window) {
    return now < known.last || now - known.last <= window.count();
}

Decision decide(const Attempt& attempt, const Remembered& remembered, std::int64_t now, const Windows& windows) {
    const auto counts = [&](const std::optional<Known>& known) {
        return known && is_current(*known, now, windows.pass);
    };
    if (attempt.doubt == Doubt::None) return {Why::NotDoubted, seconds(0)};
    if (counts(remembered.wrote_to_address) || (!attempt.proved.empty() && counts(remembered.wrote_to_domain)))
        return {Why::Correspondent, seconds(0)};
    if (counts(remembered.known)) return {Why::Known, seconds(0)};
    if (counts(remembered.network) && trusts(*remembered.network, attempt.doubt))
        return {Why::KnownNetwork, seconds(0)};
    if (!remembered.waits_since) return {Why::First, windows.delay};
    const seconds waited(std::max<std::int64_t>(now - *remembered.waits_since, 0));
    if (now < *remembered.waits_since) return {Why::Waited, waited};
    if (waited > windows.retry) return {Why::First, windows.delay};
    if (waited < windows.delay) return {Why::Early, windows.delay - waited};
    return {Why::Waited, waited};
}

std::string to_text(const Decision& decision) {
    switch (decision.why) {
        case Why::NotDoubted: return "nothing speaks against him";
        case Why::Correspondent: return "our people wrote to him";
        case Why::KnownNetwork: return "others of this network have passed";
        case Why::Known: return "has passed before";
        case Why::Waited: return fmt::format("came again after {} s", decision.time.count());
        case Why::First: return fmt::format("seen for the first time, {} s to wait", decision.time.count());
        case Why::Early: return fmt::format("came again too soon, {} s to wait", decision.time.count());
    }
    return "";
}

}  // namespace greylist
