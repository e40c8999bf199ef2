#include "site/account_sources.h"

#include <gtest/gtest.h>

namespace site {
namespace {

AccountSource ldap() {
    return {.name = "staff",
            .kind = SourceKind::Ldap,
            .domains = {"l.test"},
            .hosts = {"ldap.l.test"},
            .base = "dc=l,dc=test",
            .account_filter = "(mail={address})"};
}

AccountSource postgresql() {
    return {.name = "shop",
            .kind = SourceKind::Postgresql,
            .domains = {"v.test"},
            .hosts = {"/run/postgresql"},
            .database = "mail",
            .account_query = "SELECT 1 FROM mailbox WHERE address = {address}"};
}

TEST(AccountSources, HostsHavePortsOfTheirKind) {
    struct Case {
        std::string_view text;
        std::string_view name;
        int port;  // 0: it is no host
    };
    const Case cases[] = {
        {"ldap.l.test", "ldap.l.test", 389},
        {"192.0.2.1:1389", "192.0.2.1", 1389},
        {"[::1]:1389", "::1", 1389},
        {"[::1]", "::1", 389},
        {"::1", "::1", 389},
        {"/run/ldapi", "/run/ldapi", 389},
        {"l.test:0", "", 0},
        {"l.test:70000", "", 0},
        {"l.test:x", "", 0},
        {"[l.test]", "", 0},
        {"[::1]x:1", "", 0},
        {"a b", "", 0},
        {"", "", 0},
    };
    for (const auto& [text, name, port] : cases) {
        const auto host = parse_source_host(ldap(), text);
        EXPECT_EQ(host ? host->port : 0, port) << text;
        if (host) EXPECT_EQ(host->name, name);
    }
    auto implicit = ldap();
    implicit.tls = SourceTls::Implicit;
    EXPECT_EQ(parse_source_host(implicit, "l.test")->port, 636);
    EXPECT_EQ(parse_source_host(postgresql(), "l.test")->port, 5432);
}

TEST(AccountSources, WhatDoesNotGoTogetherIsSaid) {
    EXPECT_EQ(account_sources_flaw({ldap(), postgresql()}), "");
    struct Case {
        std::string_view part;  // of the flaw
        void (*spoil)(AccountSource&);
        AccountSource source;
    };
    const Case cases[] = {
        {"no domains", [](AccountSource& one) { one.domains.clear(); }, ldap()},
        {"no hosts", [](AccountSource& one) { one.hosts.clear(); }, ldap()},
        {"is no host", [](AccountSource& one) { one.hosts = {"a b"}; }, ldap()},
        {"needs a base", [](AccountSource& one) { one.base.clear(); }, ldap()},
        {"without {address}", [](AccountSource& one) { one.account_filter = "(mail=ann)"; }, ldap()},
        {"of LDAP, and has a database", [](AccountSource& one) { one.database = "x"; }, ldap()},
        {"no password_file", [](AccountSource& one) { one.user = "cn=x"; }, ldap()},
        {"no user", [](AccountSource& one) { one.password_file = "/x"; }, ldap()},
        {"no password_attribute",
         [](AccountSource& one) {
             one.passwords = LdapPasswords::Attribute;
             one.password_attribute.clear();
         },
         ldap()},
        {"needs a database", [](AccountSource& one) { one.database.clear(); }, postgresql()},
        {"implicit TLS", [](AccountSource& one) { one.tls = SourceTls::Implicit; }, postgresql()},
        {"of PostgreSQL, and has a base", [](AccountSource& one) { one.base = "x"; }, postgresql()},
        {"no name", [](AccountSource& one) { one.name.clear(); }, postgresql()},
    };
    for (auto [part, spoil, source] : cases) {
        spoil(source);
        EXPECT_TRUE(account_sources_flaw({source}).contains(part)) << account_sources_flaw({source});
    }
    EXPECT_TRUE(account_sources_flaw({ldap(), ldap()}).contains("twice"));
}

}  // namespace
}  // namespace site
