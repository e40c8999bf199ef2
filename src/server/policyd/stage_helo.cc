// What the client calls itself. RFC 5321 §4.1.4 forbids to refuse for what the DNS says of it; that somebody calls
// himself by our name, or by nothing that could be a name, needs no DNS.

#include <fmt/format.h>

#include "ip/address.h"
#include "policyd/stage.h"
#include "text/ascii.h"
#include "text/escape.h"

namespace policyd {
namespace {

std::optional<ip::Address> literal(std::string_view helo) {
    if (!helo.starts_with('[') || !helo.ends_with(']')) return std::nullopt;
    const auto address = ip::parse_address_literal(helo.substr(1, helo.size() - 2));
    return address ? std::optional(address->unmapped()) : std::nullopt;
}

bool is_name(std::string_view helo) {
    const auto name = dns::parse_name(helo);
    return name && name->label_count() > 1 && name->is_host_name() && !ip::parse_address(helo);
}

Finding found(std::string_view stage, const site::ScreeningStage& set, std::string reason) {
    return {.stage = std::string(stage), .reason = std::move(reason), .action = set.action, .score = set.score};
}

}  // namespace

net::Task<Findings> look_at_helo(const Scene& scene) {
    const auto& set = scene.settings;
    Findings findings;
    const auto helo = text::escaped(scene.helo);
    if (set.helo_is_ours.action != site::ScreeningAction::Off && text::equal_ignoring_case(scene.helo, scene.hostname))
        findings.push_back(found("helo_is_ours", set.helo_is_ours, fmt::format("HELO {} is our own name", helo)));
    const bool is_good = is_name(scene.helo) || literal(scene.helo) == scene.client;
    if (set.helo_is_no_name.action != site::ScreeningAction::Off && !is_good)
        findings.push_back(
            found("helo_is_no_name", set.helo_is_no_name, fmt::format("HELO {} is no name of a host", helo)));
    co_return findings;
}

}  // namespace policyd
