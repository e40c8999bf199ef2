#include "site/dkim.h"

#include <gtest/gtest.h>

namespace {

using Domains = std::vector<std::string>;

site::DkimKey key(const std::string& domain, bool signs = true) {
    return {.domain = domain, .selector = "s", .algorithm = "rsa-sha256", .id = "", .file = "", .signs = signs};
}

// RFC 6376 §5.1: who may sign for whom.
TEST(Dkim, NamesOfASignature) {
    site::Dkim dkim;
    dkim.known = {key("example.org"), key("news.example.org"), key("xn--mnchen-3ya.test"), key("old.test", false)};
    dkim.senders = {{.from = "list@example.org", .domains = {"lists.test", "Example.ORG"}},
                    {.from = ".customer.test", .domains = {"provider.test"}},
                    {.from = "secret.test", .domains = {}}};
    struct Case {
        std::string address;
        Domains want;
    };
    const Case cases[] = {
        {"ann@example.org", {"example.org"}},
        {"ann@EXAMPLE.org", {"example.org"}},
        {"ann@mail.example.org", {"example.org"}},
        {"ann@a.news.example.org", {"news.example.org"}},
        {"ann@notexample.org", {}},
        {"ann@org", {}},
        {"ann", {}},
        {"", {}},
        {"ann@old.test", {}},
        {"ann@münchen.test", {"xn--mnchen-3ya.test"}},
        {"LIST@example.org", {"lists.test", "example.org"}},
        {"a@shop.customer.test", {"provider.test"}},
        {"a@customer.test", {}},
        {"a@secret.test", {}},
        {"\"@\"@example.org", {"example.org"}},
    };
    for (const auto& [address, want] : cases) EXPECT_EQ(site::signing_domains(dkim, address), want) << address;
    dkim.always = "provider.test";
    EXPECT_EQ(site::signing_domains(dkim, "ann@example.org"), (Domains{"example.org", "provider.test"}));
    EXPECT_EQ(site::signing_domains(dkim, "a@shop.customer.test"), Domains{"provider.test"});
    EXPECT_EQ(site::signing_domains(dkim, "a@elsewhere.test"), Domains{"provider.test"});
    dkim.senders.push_back({.from = "*", .domains = {"rest.test"}});
    EXPECT_EQ(site::signing_domains(dkim, "ann@example.org"), (Domains{"rest.test", "provider.test"}))
        << "the table comes first";
}

TEST(Dkim, KeysThatSign) {
    site::Dkim dkim;
    dkim.known = {key("example.org"), key("example.org", false), key("other.test")};
    EXPECT_EQ(site::signing_keys(dkim, "example.org").size(), 1u);
    EXPECT_TRUE(site::signing_keys(dkim, "elsewhere.test").empty());
}

TEST(Dkim, SettingsAreLookedAtBeforehand) {
    for (const auto* good : {"example.org", "münchen.test"}) EXPECT_EQ(site::dkim_domain_flaw(good), "") << good;
    for (const auto* bad : {"", "org", "a b.test", "x;.test", "a/../b.test"})
        EXPECT_NE(site::dkim_domain_flaw(bad), "") << bad;
    for (const auto* good : {"mail", "a.b", "2026"}) EXPECT_EQ(site::dkim_selector_flaw(good), "") << good;
    for (const auto* bad : {"", ".", "a/b", "a b", "-a"}) EXPECT_NE(site::dkim_selector_flaw(bad), "") << bad;
    for (const auto* good : {"*", "a@b.test", "b.test", ".b.test"}) EXPECT_EQ(site::dkim_sender_flaw(good), "") << good;
    for (const auto* bad : {"", "@b.test", "a@", "a b"}) EXPECT_NE(site::dkim_sender_flaw(bad), "") << bad;
    EXPECT_EQ(site::canonicalization_flaw("simple/relaxed"), "");
    EXPECT_NE(site::canonicalization_flaw("nofws"), "");
    EXPECT_EQ(site::dkim_fields_flaw({"Feedback-ID"}), "");
    EXPECT_NE(site::dkim_fields_flaw({"Received"}), "");  // RFC 6376 §5.4
    EXPECT_NE(site::dkim_fields_flaw({"a b"}), "");
    site::Dkim dkim;
    EXPECT_EQ(site::flaw(dkim), "");
    dkim.keep = std::chrono::hours(1);
    EXPECT_NE(site::flaw(dkim), "") << "the key would be gone before its signatures";
    dkim.rotate = std::chrono::hours(24);
    dkim.keep = 20 * dkim.rotate;
    EXPECT_EQ(site::flaw(dkim), "");
    dkim.keep += std::chrono::hours(1);
    EXPECT_NE(site::flaw(dkim), "") << "more keys than there may be";
}

}  // namespace
