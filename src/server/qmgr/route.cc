#include "qmgr/route.h"

#include <fmt/format.h>

#include <algorithm>

#include "smtp/domain_of.h"
#include "text/ascii.h"

namespace qmgr {

bool matches(const Route& route, std::string_view domain) {
    const std::string wanted = text::lower(route.domain);
    if (wanted == "*") return true;
    if (!wanted.starts_with('.')) return domain == wanted;
    return domain.ends_with(wanted) || domain == std::string_view(wanted).substr(1);
}

std::string domain_of(std::string_view address) { return text::lower(smtp::domain_of(address)); }

std::string destination_of(const spool::Recipient& recipient, const std::vector<Route>& routes) {
    if (recipient.transport == spool::Transport::Target)
        return fmt::format("local:{} {}", recipient.smtp.address, recipient.target);
    if (recipient.transport == spool::Transport::Discard) return "discard";
    if (recipient.transport != spool::Transport::Relay) return fmt::format("local:{}", recipient.smtp.address);
    const std::string domain = domain_of(recipient.smtp.address);
    const auto route = std::ranges::find_if(routes, [&](const Route& r) { return matches(r, domain); });
    return route == routes.end() ? site::destination_key(domain) : site::destination_key(*route, domain);
}

}  // namespace qmgr
