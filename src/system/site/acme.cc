#include "site/acme.h"

#include <algorithm>

#include "text/ascii.h"
#include "text/idna.h"

namespace site {
namespace {

bool is_wildcard(std::string_view name) { return name.starts_with("*."); }

bool is_certifiable(std::string_view name) {
    if (is_wildcard(name)) name.remove_prefix(2);
    const auto domain = text::to_a_labels(name);
    return domain && *domain == name && name.contains('.');
}

}  // namespace

std::string certificate_names_flaw(const std::vector<std::string>& names) {
    if (names.size() > acme::most_identifiers) return "write 100 names at most";
    return std::ranges::all_of(names, is_certifiable)
               ? ""
               : "write fully qualified names in lower-case ASCII, as in \"mail.example.org\"";
}

std::string contacts_flaw(const std::vector<std::string>& addresses) {
    const bool are_good = std::ranges::all_of(addresses, [](const std::string& address) {
        return address.contains('@') && std::ranges::all_of(address, text::is_graphic) && !address.contains(':');
    });
    return are_good && addresses.size() <= 10 ? "" : "write mail addresses, as in \"hostmaster@example.org\"";
}

std::string flaw(const Acme& acme) {
    using enum acme::ChallengeType;
    if (!is_configured(acme)) return {};
    if (acme.challenge == Dns01) return acme.hook.empty() ? "needs a hook for dns-01" : "";
    if (acme.challenge == TlsAlpn01 && acme.listen.empty())
        return "needs addresses to listen on for tls-alpn-01: listen = [\"0.0.0.0:443\"]";
    if (std::ranges::any_of(acme.names, is_wildcard)) return "has a wildcard among the names, which takes dns-01";
    return {};
}

}  // namespace site
