#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "import/qmail_parts.h"

namespace import {
namespace {

/// What is translated elsewhere, or means nothing to us.
constexpr auto taken = std::to_array<std::string_view>({"me",
                                                        "spfbehavior",
                                                        "spfrules",
                                                        "spflocalrules",
                                                        "spfguess",
                                                        "spfexplain",
                                                        "spfexp",
                                                        "srs_domain",
                                                        "srs_secrets",
                                                        "locals",
                                                        "rcpthosts",
                                                        "morercpthosts",
                                                        "virtualdomains",
                                                        "smtproutes",
                                                        "percenthack",
                                                        "databytes",
                                                        "queuelifetime",
                                                        "concurrencylocal",
                                                        "concurrencyremote",
                                                        "concurrencyincoming",
                                                        "maxrcpt",
                                                        "timeoutconnect",
                                                        "timeoutremote",
                                                        "timeoutsmtpd",
                                                        "helohost",
                                                        "bouncehost",
                                                        "envnoathost",
                                                        "defaulthost",
                                                        "defaultdomain",
                                                        "plusdomain",
                                                        "idhost",
                                                        "localiphost",
                                                        "smtpgreeting",
                                                        "bouncefrom",
                                                        "doublebounceto",
                                                        "doublebouncehost",
                                                        "defaultdelivery",
                                                        "tcp.smtp",
                                                        "tcp.smtp.cdb",
                                                        "spamdyke.conf",
                                                        "virtualdomains~",
                                                        "aliasempty",
                                                        "concurrencyincoming"});

struct Kind {
    std::string_view name;
    bool is_foreseen;
    std::string_view what;
};

constexpr Kind kinds[] = {
    {"badmailfrom", true, "senders are not refused by a list yet"},
    {"badmailfromnorelay", true, "senders are not refused by a list yet"},
    {"badrcptto", true, "recipients are refused only where they do not exist"},
    {"badrcpttonorelay", true, "recipients are refused only where they do not exist"},
    {"badhelo", true, "greetings are not refused by a list yet"},
    {"badmimetypes", true, "messages are not refused by their contents yet"},
    {"badloadertypes", true, "messages are not refused by their contents yet"},
    {"dnsbllist", true, "lists in the DNS are not asked yet"},
    {"servercert.pem", false, "is not read; put its certificate and its key into the two files that [tls] names"},
    {"clientcert.pem", false, "other servers are shown no certificate of ours"},
    {"tlsserverciphers", false, "the ciphers of TLS are chosen by us"},
    {"tlsclientciphers", false, "the ciphers of TLS are chosen by us"},
    {"tlsdestinations", false, "set tls = \"required\" or \"verified\" in a [[route]], or relay.tls for all"},
    {"authsenders", false, "set username and password_file in its [[route]]"},
    {"mailfromrules", false, "set submission.senders, for names that do not lead to the account itself"},
    {"dkimdomains", false, "set dkim.sign, and hermod dkim rotate for each domain, or name the keys in [[dkim.keys]]"},
    {"recipients", false, "who exists is said by [domains], [aliases] and the users of this system"},
    {"outgoingip", false, "is not read; set relay.bind_ipv4 or relay.bind_ipv6"},
    {"domainips", false, "all mail goes out from the same address"},
    {"qmtproutes", false, "QMTP is not spoken"},
    {"qmqpservers", false, "QMQP is not spoken; set [[route]] domain = \"*\" to the host that is to have all mail"},
    {"smtpplugins", false, "there are no plugins"},
    {"taps", false, "mail is not copied"},
    {"morercpthosts.cdb", false, "is read as text only: control/morercpthosts"},
};

bool is_plain_name(std::string_view name) { return !name.starts_with('.') && !name.ends_with('~'); }

}  // namespace

void report_the_rest(const QmailSite& site, Translation& out) {
    for (const auto& [name, file] : site.control) {
        if (std::ranges::find(taken, name) != taken.end() || !is_plain_name(name)) continue;
        if (name == "morercpthosts.cdb" && site.find("morercpthosts")) continue;
        const Origin origin{file.path};
        const auto* kind = std::ranges::find(kinds, name, &Kind::name);
        if (kind == std::end(kinds))
            out.report.add(origin, "is no control file that we know, and is not read");
        else if (file.text.empty())
            continue;
        else if (kind->is_foreseen)
            out.report.add_foreseen(origin, std::string(kind->what));
        else
            out.report.add(origin, std::string(kind->what));
    }
}

}  // namespace import
