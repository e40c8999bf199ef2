#include "import/client_rules.h"
#include "import/qmail_parts.h"
#include "import/spamdyke.h"
#include "import/tcp_rules.h"

namespace import {

void translate_clients(const QmailSite& site, const Reader& named, Translation& out) {
    Networks clients;
    if (site.clients) {
        const auto rules = parse_tcp_rules(*site.clients, out.report);
        clients = relay_clients(rules, out.report);
        add_client_rules(rules, out.draft, out.report);
    } else {
        out.report.add({site.folder}, "there are no rules of tcpserver (tcp.smtp): only this machine may relay",
                       "name them with --tcp-smtp, or set relay.networks");
    }
    if (site.spamdyke) translate_spamdyke(*site.spamdyke, named, clients, out);
    if (!site.clients && clients.list().empty()) return;
    if (clients.is_incomplete())
        out.report.add({site.folder}, "the clients that may relay are too many networks",
                       "complete relay.networks by hand");
    out.draft.set("relay", "networks", quoted(to_texts(clients)),
                  {site.clients ? site.clients->path : site.spamdyke->path});
}

}  // namespace import
