#include "site/account_sources.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>

#include "config/node.h"
#include "ip/address.h"
#include "queries/filter.h"
#include "queries/sql.h"
#include "text/idna.h"

namespace site {
namespace {

constexpr std::uint16_t postgresql_port = 5432, ldap_port = 389, ldaps_port = 636;

std::uint16_t port_of(const AccountSource& source) {
    if (source.kind == SourceKind::Postgresql) return postgresql_port;
    return source.tls == SourceTls::Implicit ? ldaps_port : ldap_port;
}

std::string flaw_of_postgresql(const AccountSource& source) {
    if (source.database.empty() || source.account_query.empty()) return "needs a database and an account_query";
    if (source.tls == SourceTls::Implicit) return "has implicit TLS, which PostgreSQL has not: write \"verified\"";
    const bool is_ldap = !source.base.empty() || !source.account_filter.empty() || !source.disabled_filter.empty() ||
                         !source.quota_attribute.empty() || !source.scram_attribute.empty();
    return is_ldap ? "is of PostgreSQL, and has a base, a filter or an attribute of LDAP" : "";
}

bool has_field(std::string_view pattern) {
    const auto pieces = queries::parse_pattern(pattern);
    return pieces && std::ranges::any_of(*pieces, [](const queries::Piece& piece) { return piece.field.has_value(); });
}

std::string flaw_of_ldap(const AccountSource& source) {
    if (source.base.empty() || source.account_filter.empty()) return "needs a base and an account_filter";
    if (!has_field(source.account_filter)) return "has an account_filter without {address}, {local_part} or {domain}";
    if (!source.user.empty() && source.password_file.empty())
        return "has a user and no password_file: LDAP would take him for anonymous";
    if (source.passwords == LdapPasswords::Attribute && source.password_attribute.empty())
        return "checks passwords by an attribute, and has no password_attribute";
    const bool is_sql = !source.database.empty() || !source.account_query.empty() || !source.password_query.empty() ||
                        !source.alias_query.empty();
    return is_sql ? "is of LDAP, and has a database or a query" : "";
}

std::string flaw_of(const AccountSource& source) {
    if (source.domains.empty()) return "has no domains";
    if (source.hosts.empty()) return "has no hosts";
    for (const auto& host : source.hosts)
        if (!parse_source_host(source, host)) return config::toml_string(host) + " is no host";
    if (source.user.empty() && !source.password_file.empty()) return "has a password_file, and no user";
    return source.kind == SourceKind::Postgresql ? flaw_of_postgresql(source) : flaw_of_ldap(source);
}

}  // namespace

std::optional<SourceHost> parse_source_host(const AccountSource& source, std::string_view text) {
    SourceHost host{.name = std::string(text), .port = port_of(source)};
    if (text.starts_with('/')) return host;
    const auto bracket = text.starts_with('[') ? text.find(']') : std::string_view::npos;
    const auto colon = bracket != std::string_view::npos    ? text.find(':', bracket)
                       : std::ranges::count(text, ':') == 1 ? text.find(':')
                                                            : std::string_view::npos;
    if (colon != std::string_view::npos) {
        const auto number = text.substr(colon + 1);
        const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), host.port);
        if (error != std::errc() || end != number.data() + number.size() || host.port == 0) return std::nullopt;
        text = text.substr(0, colon);
    }
    if (bracket != std::string_view::npos) {
        if (bracket + 1 != text.size()) return std::nullopt;
        text = text.substr(1, bracket - 1);
    }
    host.name = std::string(text);
    if (ip::parse_address(text)) return host;
    const auto name = text::to_a_labels(text);
    if (bracket != std::string_view::npos || !name) return std::nullopt;
    return host;
}

bool needs_issuers(const AccountSource& source) {
    const bool is_verified = source.tls == SourceTls::Verified || source.tls == SourceTls::Implicit;
    return is_verified &&
           std::ranges::any_of(source.hosts, [](const std::string& host) { return !host.starts_with('/'); });
}

std::string hosts_flaw(const std::vector<std::string>& hosts) {
    const bool is_good = std::ranges::none_of(
        hosts, [](const std::string& host) { return host.empty() || host.find('\0') != std::string::npos; });
    return is_good ? "" : "write \"192.0.2.1\", \"db.example.org:5433\" or \"/run/postgresql\"";
}

std::string domains_of_source_flaw(const std::vector<std::string>& domains) {
    for (const auto& domain : domains)
        if (auto flaw = domain_flaw(domain); !flaw.empty())
            return config::toml_string(domain) + " is no domain: " + flaw;
    return {};
}

std::string query_or_empty_flaw(const std::string& query) {
    if (query.empty()) return {};
    const auto statement = queries::parse_statement(query);
    return statement ? "" : statement.error();
}

std::string filter_or_empty_flaw(const std::string& filter) {
    return filter.empty() ? "" : queries::filter_flaw(filter);
}

std::string account_sources_flaw(const AccountSources& sources) {
    std::set<std::string> names;
    for (const auto& source : sources) {
        if (source.name.empty()) return "has no name";
        if (!names.insert(source.name).second) return config::toml_string(source.name) + " is there twice";
        if (auto flaw = flaw_of(source); !flaw.empty()) return config::toml_string(source.name) + " " + flaw;
    }
    return {};
}

}  // namespace site
