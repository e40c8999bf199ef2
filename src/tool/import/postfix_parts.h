#pragma once
// The parts of the translation of Postfix's files; translate_postfix() calls them in this order.

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "import/draft.h"
#include "import/lines.h"
#include "import/main_cf.h"

namespace import {

struct PostfixSite {
    const MainCf& main;
    const Reader& named;
    std::string mailboxes;
    Translation& out;

    /// With other parameters put in; empty, and reported, where that does not work.
    std::string value(std::string_view name) const;
    std::vector<std::string> list(std::string_view name) const { return list_of(value(name)); }
};

/// myhostname, inet_interfaces, mynetworks, home_mailbox, numbers.
void translate_settings(const PostfixSite& site);
/// mydestination, relay_domains, virtual_alias_…, virtual_mailbox_…, alias_maps, luser_relay.
void translate_domains(const PostfixSite& site);
/// transport_maps, relayhost.
void translate_transports(const PostfixSite& site);
/// What is set and has no counterpart.
void report_the_rest(const PostfixSite& site);

}  // namespace import
