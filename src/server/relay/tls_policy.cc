#include "relay/tls_policy.h"

#include <fmt/format.h>

namespace relay {
namespace {

// In the wild: a server's certificate rarely has the domain's name, as the servers of one host serve many domains. So
// it is the server's name that is looked for, although whoever can forge DNS chooses it (RFC 7672 §1.3.1).
std::string name_of(const Place& place) {
    if (!place.host.empty()) return place.host;
    const auto* endpoint = std::get_if<ip::Endpoint>(&place.where);
    return endpoint ? ip::to_text(endpoint->address) : "";
}

}  // namespace

smtp::UseTls TlsPolicy::starttls() const {
    if (is_implicit || use == site::RelayTls::Off) return smtp::UseTls::Never;
    return use == site::RelayTls::Opportunistic ? smtp::UseTls::WhenOffered : smtp::UseTls::Always;
}

TlsPolicy tls_policy_for(const Destination& destination, const Place& place, const site::Relay& settings) {
    if (std::holds_alternative<BySocket>(destination)) return {};  // nobody is in between
    TlsPolicy policy{.use = tls_of(destination).value_or(settings.tls), .name = name_of(place)};
    const auto* host = std::get_if<ByHost>(&destination);
    policy.is_implicit = host && host->is_implicit_tls;
    if (policy.is_implicit && policy.use < site::RelayTls::Required) policy.use = site::RelayTls::Required;
    if (policy.use == site::RelayTls::Off) return {};
    policy.session_key = fmt::format("{} {} {}", to_text(place), policy.name, static_cast<int>(policy.use));
    return policy;
}

}  // namespace relay
