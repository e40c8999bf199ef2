#pragma once
// [[accounts]]: other places than the directory's own database where accounts are kept.

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "config/setting.h"
#include "site/checks.h"

namespace site {

enum class SourceKind : std::uint8_t { Postgresql, Ldap };
constexpr auto choices(SourceKind) {
    return std::array<config::Choice<SourceKind>, 2>{
        {{"postgresql", SourceKind::Postgresql}, {"ldap", SourceKind::Ldap}}};
}

enum class SourceTls : std::uint8_t { Off, Required, Verified, Implicit };
constexpr auto choices(SourceTls) {
    using enum SourceTls;
    return std::array<config::Choice<SourceTls>, 4>{
        {{"off", Off}, {"required", Required}, {"verified", Verified}, {"implicit", Implicit}}};
}

/// How a password is checked by LDAP.
enum class LdapPasswords : std::uint8_t { Bind, Attribute };
constexpr auto choices(LdapPasswords) {
    return std::array<config::Choice<LdapPasswords>, 2>{
        {{"bind", LdapPasswords::Bind}, {"attribute", LdapPasswords::Attribute}}};
}

struct AccountSource {
    std::string name;
    SourceKind kind = SourceKind::Postgresql;
    std::vector<std::string> domains;
    std::vector<std::string> hosts;
    SourceTls tls = SourceTls::Verified;
    std::string tls_issuers = "/etc/ssl/certs/ca-certificates.crt";
    std::string user;
    std::string password_file;
    std::chrono::seconds timeout{5};
    std::uint32_t connections = 2;
    std::uint32_t waiting = 1'000;
    std::chrono::seconds keep{60};
    std::chrono::seconds keep_absent{10};
    std::uint32_t keep_entries = 50'000;
    // PostgreSQL
    std::string database;
    std::string account_query;
    std::string password_query;
    std::string alias_query;
    // LDAP
    std::string base;
    std::string account_filter;
    std::string disabled_filter;
    std::string quota_attribute;
    LdapPasswords passwords = LdapPasswords::Bind;
    std::string password_attribute = "userPassword";
    std::string scram_attribute;

    bool operator==(const AccountSource&) const = default;
};
using AccountSources = std::vector<AccountSource>;

/// Where a server is: a name or address with a port, or the path of a socket.
struct SourceHost {
    std::string name;  // "db.example.org", "192.0.2.1", "::1"; of PostgreSQL's sockets the folder, "/run/postgresql"
    std::uint16_t port = 0;  // of a path too, where PostgreSQL has it in the socket's name
    bool is_local() const { return name.starts_with('/'); }
    bool operator==(const SourceHost&) const = default;
};
/// "db.example.org:5433", "[::1]", "/run/postgresql"; without a port the kind's own. None: it is no host.
std::optional<SourceHost> parse_source_host(const AccountSource& source, std::string_view text);

/// Whether certificates are verified, for any of its hosts.
bool needs_issuers(const AccountSource& source);

/// Of all of them; empty: nothing.
std::string account_sources_flaw(const AccountSources& sources);
std::string hosts_flaw(const std::vector<std::string>& hosts);
std::string domains_of_source_flaw(const std::vector<std::string>& domains);
std::string query_or_empty_flaw(const std::string& query);
std::string filter_or_empty_flaw(const std::string& filter);

inline auto settings(const AccountSource*) {
    using config::required, config::setting;
    using namespace std::chrono_literals;
    return std::tuple{
        required(setting("name", &AccountSource::name, "What it is called in logs and by `hermod explain`.")),
        required(setting("kind", &AccountSource::kind, "What answers there.")),
        required(
            setting("domains", &AccountSource::domains,
                    "Domains of ours whose accounts it may have. Of any other it is never asked. That they are ours "
                    "[domains] says, or `hermod domain add`.",
                    domains_of_source_flaw)),
        required(
            setting("hosts", &AccountSource::hosts,
                    "Where it is, tried in this order: \"192.0.2.1\", \"db.example.org:5433\", \"[::1]:389\", or a "
                    "socket on this machine, for PostgreSQL its folder (\"/run/postgresql\"), for LDAP its path. "
                    "Names are looked up as this machine does it (by TCP where the DNS is asked), every minute; "
                    "unknown ones every few seconds.",
                    hosts_flaw)),
        setting(
            "tls", &AccountSource::tls,
            "\"verified\": by STARTTLS or what PostgreSQL has for it, with a certificate for the name of the host "
            "from one of tls_issuers; \"required\": the same with any certificate; \"implicit\": as verified, but TLS "
            "from the first octet on (ldaps; its port is 636); \"off\": passwords pass in the clear. Sockets on this "
            "machine have none. Of LDAP on \"localhost\" the certificate must have the machine's own full name."),
        setting("tls_issuers", &AccountSource::tls_issuers,
                "The file with the certificates that are trusted to prove who it is, in PEM form.", absolute_path_flaw),
        setting("user", &AccountSource::user,
                "Who asks: a role of PostgreSQL, or a DN, as whom LDAP is bound. Empty: the process's own user, or "
                "anonymously."),
        setting(
            "password_file", &AccountSource::password_file,
            "The file with that user's password, in its first line. Nobody but its owner may read it (mode 0600); it "
            "is read when the process starts.",
            absolute_path_or_empty_flaw),
        setting("timeout", &AccountSource::timeout,
                "How long one answer may take, connecting included. After that mail for its domains is answered 451, "
                "logins 454, and deliveries wait; the same while it is down.",
                {1s, 60s}),
        setting("connections", &AccountSource::connections,
                "Questions asked at a time, of each kind: who exists, and who logs in.", {1, 64}),
        setting("waiting", &AccountSource::waiting,
                "Questions about who exists that may wait for an answer; more are answered as if it were down.",
                {1, 100'000}),
        setting("keep", &AccountSource::keep,
                "How long an answer about an account counts. Passwords are asked for each time.", {1s, 3600s}),
        setting("keep_absent", &AccountSource::keep_absent, "The same of somebody who does not exist.", {1s, 3600s}),
        setting("keep_entries", &AccountSource::keep_entries, "Answers kept.", {100, 10'000'000}),
        setting("database", &AccountSource::database, "PostgreSQL: the name of the database."),
        setting(
            "account_query", &AccountSource::account_query,
            "PostgreSQL: the query that returns a row where there is such an account, and none where not. {address}, "
            "{local_part} and {domain} stand for what is asked about; they become parameters, and are never part of "
            "the query's text. Columns that count, by name: quota (octets), disabled (a boolean).",
            query_or_empty_flaw),
        setting("password_query", &AccountSource::password_query,
                "PostgreSQL: the same for who logs in. Columns: password (a hash of any kind that `hermod account "
                "import` takes), scram_sha_256, scram_sha_1 (as RFC 5803 has it), disabled. Empty: nobody.",
                query_or_empty_flaw),
        setting(
            "alias_query", &AccountSource::alias_query,
            "PostgreSQL: the same for aliases; the first column of each row is an address it leads to. Empty: there "
            "are none.",
            query_or_empty_flaw),
        setting("base", &AccountSource::base, "LDAP: the DN below which accounts are looked for."),
        setting(
            "account_filter", &AccountSource::account_filter,
            "LDAP: the filter (RFC 4515) that finds an account, as in \"(mail={address})\". The fields are those of "
            "account_query, and are escaped.",
            filter_or_empty_flaw),
        setting("disabled_filter", &AccountSource::disabled_filter,
                "LDAP: an account that fits this one too is disabled. Empty: none is.", filter_or_empty_flaw),
        setting("quota_attribute", &AccountSource::quota_attribute,
                "LDAP: where an account's quota is, in octets. Empty: local.quota counts."),
        setting("passwords", &AccountSource::passwords,
                "LDAP: a password is checked by binding with it as the account, \"bind\", or by the hash in "
                "password_attribute, which the user above must be allowed to read, \"attribute\"."),
        setting("password_attribute", &AccountSource::password_attribute, "LDAP: where that hash is (RFC 2307)."),
        setting(
            "scram_attribute", &AccountSource::scram_attribute,
            "LDAP: where keys for SCRAM are, as RFC 5803 has them, \"authPassword\" mostly. Empty: there are none."),
    };
}

inline constexpr std::string_view account_sources_meaning =
    "Other places where accounts are kept, asked in this order after what `hermod account` has made: their mailboxes "
    "are "
    "below mail_directory as those of the others. A change takes effect at the next start.";

}  // namespace site
