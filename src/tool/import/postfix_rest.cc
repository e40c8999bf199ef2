#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "import/postfix_parts.h"

namespace import {
namespace {

/// What is translated elsewhere, or means nothing to us.
constexpr auto taken = std::to_array<std::string_view>({"myhostname",
                                                        "mydomain",
                                                        "mydestination",
                                                        "relay_domains",
                                                        "mynetworks",
                                                        "relayhost",
                                                        "message_size_limit",
                                                        "recipient_delimiter",
                                                        "home_mailbox",
                                                        "virtual_alias_domains",
                                                        "virtual_alias_maps",
                                                        "virtual_mailbox_domains",
                                                        "virtual_mailbox_maps",
                                                        "virtual_mailbox_base",
                                                        "alias_maps",
                                                        "alias_database",
                                                        "transport_maps",
                                                        "luser_relay",
                                                        "local_recipient_maps",
                                                        "relay_recipient_maps",
                                                        "inet_interfaces",
                                                        "inet_protocols",
                                                        "proxy_interfaces",
                                                        "smtp_bind_address",
                                                        "smtp_bind_address6",
                                                        "parent_domain_matches_subdomains",
                                                        "virtual_transport",
                                                        "virtual_maps",
                                                        "smtpd_recipient_limit",
                                                        "smtpd_client_connection_count_limit",
                                                        "default_destination_concurrency_limit",
                                                        "hopcount_limit",
                                                        "maximal_queue_lifetime",
                                                        "bounce_queue_lifetime",
                                                        "minimal_backoff_time",
                                                        "maximal_backoff_time",
                                                        "delay_warning_time",
                                                        "smtp_connect_timeout",
                                                        "smtp_helo_timeout",
                                                        "smtp_rcpt_timeout",
                                                        "smtp_data_done_timeout",
                                                        "smtpd_timeout",
                                                        "compatibility_level",
                                                        "queue_directory",
                                                        "command_directory",
                                                        "daemon_directory",
                                                        "data_directory",
                                                        "meta_directory",
                                                        "shlib_directory",
                                                        "config_directory",
                                                        "mail_owner",
                                                        "setgid_group",
                                                        "sendmail_path",
                                                        "newaliases_path",
                                                        "mailq_path",
                                                        "html_directory",
                                                        "manpage_directory",
                                                        "sample_directory",
                                                        "readme_directory",
                                                        "debug_peer_level",
                                                        "debugger_command",
                                                        "unknown_local_recipient_reject_code",
                                                        "biff",
                                                        "virtual_minimum_uid",
                                                        "virtual_uid_maps",
                                                        "virtual_gid_maps",
                                                        "smtputf8_enable",
                                                        "maillog_file",
                                                        "maillog_file_prefixes",
                                                        "default_database_type",
                                                        "mail_name",
                                                        "maximal_queue_lifetime"});

struct Kind {
    std::string_view front;
    std::string_view end;
    bool is_foreseen;
    std::string_view what;
};

constexpr Kind kinds[] = {
    {"smtpd_tls_", "", false, "is not taken over; set certificate and key in [tls], and tls in the [[listen]]"},
    {"smtp_tls_", "", false, "is not taken over; set relay.tls, relay.tls_issuers, or tls in the [[route]]"},
    {"tls_", "", false, "versions and ciphers of TLS are chosen by us"},
    {"smtpd_sasl_", "", false, "set [login], and protocol = \"submissions\" in a [[listen]]"},
    {"smtp_sasl_", "", false, "set username and password_file in the [[route]]"},
    {"", "_restrictions", true, "who may relay is said by relay.networks; there are no other checks yet"},
    {"", "_checks", true, "messages are not checked by patterns yet"},
    {"", "milters", true, "there are no milters yet"},
    {"milter_", "", true, "there are no milters yet"},
    {"content_filter", "", true, "there is no filter behind the queue yet"},
    {"postscreen_", "", true, "there is no such filter yet"},
    {"smtpd_helo_required", "", true, "greetings are not checked yet"},
    {"", "canonical_maps", true, "addresses are not rewritten yet"},
    {"masquerade_", "", true, "addresses are not rewritten yet"},
    {"sender_dependent_", "", false, "the way of mail does not depend on its sender"},
    {"smtpd_banner", "", false, "our greeting is the host's name, and nothing else"},
    {"mailbox_command", "", false, "programs are run for aliases, and where a user's own instructions name one"},
    {"mailbox_transport", "", false, "mailboxes are written by ourselves"},
    {"local_transport", "", false, "mailboxes are written by ourselves"},
    {"mailbox_size_limit", "", false, "is not taken over; set local.quota, which means all of a mailbox"},
    {"virtual_mailbox_limit", "", false, "is not taken over; set local.quota, which means all of a mailbox"},
    {"always_bcc", "", true, "mail is not copied"},
    {"relocated_maps", "", false, "who has moved does not exist here any more"},
    {"myorigin", "", false, "names without a domain are of the host itself"},
    {"append_dot_mydomain", "", false, "names without a dot are not completed"},
};

const Kind* kind_of(std::string_view name) {
    const auto found = std::ranges::find_if(
        kinds, [&](const Kind& kind) { return name.starts_with(kind.front) && name.ends_with(kind.end); });
    return found == std::end(kinds) ? nullptr : &*found;
}

}  // namespace

void report_the_rest(const PostfixSite& site) {
    for (const auto& [name, parameter] : site.main.parameters()) {
        if (std::ranges::find(taken, name) != taken.end() || parameter.value.empty()) continue;
        if (name == "myorigin" && site.value(name) == site.value("myhostname")) continue;
        const auto* kind = kind_of(name);
        auto what = fmt::format("{}: {}", name, kind ? kind->what : "is not taken over");
        if (kind && kind->is_foreseen)
            site.out.report.add_foreseen(parameter.origin, std::move(what));
        else
            site.out.report.add(parameter.origin, std::move(what));
    }
    site.out.report.add(site.main.origin("compatibility_level"), "master.cf is not read",
                        "services beside SMTP on port 25 take a [[listen]] table, where we have them");
}

}  // namespace import
