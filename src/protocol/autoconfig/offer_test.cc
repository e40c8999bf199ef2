#include "autoconfig/offer.h"

#include <gtest/gtest.h>

namespace {

using autoconfig::Security;

const autoconfig::Offer offer{
    .domain = "example.org",
    .pop3 = {{"mx.example.org", 995, Security::Tls}, {"mx.example.org", 110, Security::StartTls}},
    .submission = {{"mx.example.org", 465, Security::Tls}}};

bool has(const std::string& document, std::string_view part) { return document.contains(part); }

TEST(Autoconfig, ThunderbirdHearsOfTheServersInOrder) {
    const auto document = autoconfig::client_config(offer);
    EXPECT_TRUE(has(document, "<emailProvider id=\"example.org\">"));
    EXPECT_TRUE(has(document, "<domain>example.org</domain>"));
    const auto tls = document.find("<port>995</port>\n      <socketType>SSL</socketType>");
    const auto starttls = document.find("<port>110</port>\n      <socketType>STARTTLS</socketType>");
    EXPECT_LT(tls, starttls);
    EXPECT_NE(starttls, std::string::npos);
    EXPECT_TRUE(has(document,
                    "<outgoingServer type=\"smtp\">\n      <hostname>mx.example.org</hostname>\n      "
                    "<port>465</port>"));
}

TEST(Autoconfig, OutlookHearsOfTheServersForAnAddress) {
    const auto document = autoconfig::autodiscover(offer, "o'neill@example.org");
    EXPECT_TRUE(has(document,
                    "<Type>POP3</Type>\n        <Server>mx.example.org</Server>\n        <Port>995</Port>\n        "
                    "<LoginName>o&#39;neill@example.org</LoginName>"));
    EXPECT_TRUE(has(document, "<Type>SMTP</Type>"));
}

TEST(Autoconfig, FindsTheAddressThatIsAskedFor) {
    struct Case {
        std::string_view query;
        std::optional<std::string> want;
    };
    for (const auto& [query, want] : {Case{"emailaddress=ann%40example.org", "ann@example.org"},
                                      {"a=b&EmailAddress=ann@example.org&c", "ann@example.org"},
                                      {"emailaddress=", ""},
                                      {"", {}},
                                      {"&&", {}},
                                      {"email=ann@example.org", {}},
                                      {"emailaddress=a%4", "a%4"},
                                      {"emailaddress=a%", "a%"},
                                      {"emailaddress=%zz%4G", "%zz%4G"}})
        EXPECT_EQ(autoconfig::address_in_query(query), want) << query;
    EXPECT_EQ(autoconfig::address_in_request("<?xml?><Autodiscover><Request>\n<EMailAddress>a@b.test</EMailAddress>"),
              "a@b.test");
    for (const auto* none : {"", "<EMailAddress>", "<EMailAddress>a@b.test", "</EMailAddress><EMailAddress>"})
        EXPECT_EQ(autoconfig::address_in_request(none), "") << none;
    EXPECT_EQ(autoconfig::address_in_request("<EMailAddress>" + std::string(400, 'x') + "</EMailAddress>"), "");
}

TEST(Autoconfig, TakesDomainsThatAreSome) {
    EXPECT_EQ(autoconfig::domain_of("ann@Example.ORG"), "example.org");
    EXPECT_EQ(autoconfig::domain_of("a@b@bücher.example"), "xn--bcher-kva.example");
    for (const auto* none :
         {"ann", "@example.org", "ann@", "ann@localhost", "ann@a b.org", "ann@<x>.org", "ann@a\r\nb.org"})
        EXPECT_FALSE(autoconfig::domain_of(none)) << none;
}

// Hostile: markup in an address.
TEST(Autoconfig, TextStaysText) {
    EXPECT_EQ(autoconfig::escaped("<a href=\"x\">&'\r\n\x01\xff"), "&lt;a href=&quot;x&quot;&gt;&amp;&#39;");
}

}  // namespace
