#include "policyd/handed_in.h"

#include <gtest/gtest.h>

namespace policyd {
namespace {

struct HandingIn : testing::Test {
    HandingIn() {
        config.relay.networks = {*ip::parse_network("198.51.100.0/24"), *ip::parse_network("2001:db8:1::/48")};
        config.dkim.sign = true;
        config.dkim.known = {{.domain = "l.test", .selector = "s", .algorithm = "rsa-sha256", .id = "", .file = ""}};
    }
    std::string why_unsigned(Bringer bringer, const std::string& received, const std::string& from = "ann@l.test") {
        return policyd::why_unsigned(
            config, bringer,
            dkim::Header("Received: from client by mx.l.test; date\r\n" + received + "From: " + from + "\r\n"));
    }
    Config config;
};

// Hostile: a backup exchanger, or any other host that may relay, brings what a stranger sent in our name.
TEST_F(HandingIn, WhatComesFromElsewhereIsNotTheClients) {
    struct Case {
        std::string_view received;
        bool is_his;
    };
    const Case cases[] = {
        {"", true},
        {"Received: by app.l.test (Postfix, from userid 33)\r\n\tid 4A; date\r\n", true},
        {"Received: (qmail 12 invoked by uid 0); date\r\n", true},
        {"Received: from app.l.test (app.l.test [198.51.100.7])\r\n\tby satellite.l.test (Postfix); date\r\n", true},
        {"Received: from localhost (localhost [127.0.0.1]) by scanner.l.test; date\r\n", true},
        {"Received: from app ([IPv6:2001:db8:1::7]) by satellite.l.test; date\r\n", true},
        {"Received: from exch ([198.51.100.7]) by hub.l.test ([198.51.100.8]) with Microsoft SMTP Server (TLS) id "
         "14.3.195.1; date\r\n",
         true},
        {"Received: from id 192.0.2.66 ([192.0.2.66]) by mx2.l.test; date\r\n", false},  // HELO lies
        {"Received: from mail.evil.test (mail.evil.test [192.0.2.66]) by mx2.l.test (Postfix); date\r\n", false},
        {"Received: from unknown (HELO x) (192.0.2.66) by mx2.l.test with SMTP; date\r\n", false},
        {"Received: from [192.0.2.66] (helo=mx2.l.test) by mx2.l.test with esmtp (Exim 4.96); date\r\n", false},
        {"Received: from app ([IPv6:2001:db8:2::7]) by mx2.l.test; date\r\n", false},
        {"Received: from [198.51.100.7] (evil.test [192.0.2.66]) by mx2.l.test; date\r\n", false},  // HELO lies
        {"Received: from someone by mx2.l.test; date\r\n", false},
        {"Received: from app.l.test ([198.51.100.7]) by mx2.l.test; date\r\n"
         "Received: from evil.test ([192.0.2.66]) by app.l.test; date\r\n",
         false},
    };
    for (const auto& [received, is_his] : cases) {
        const auto why = why_unsigned(Bringer::RelayClient, std::string(received));
        EXPECT_EQ(why.empty(), is_his) << received << why;
        EXPECT_EQ(why_unsigned(Bringer::Account, std::string(received)), "");
        EXPECT_EQ(why_unsigned(Bringer::List, std::string(received)), "");
        EXPECT_EQ(why_unsigned(Bringer::LocalProgram, std::string(received)).empty(), received.empty());
    }
    EXPECT_NE(why_unsigned(Bringer::RelayClient, std::string(cases[8].received)).find("192.0.2.66"), std::string::npos);
}

TEST_F(HandingIn, TheProvidersNameIsForAuthorsOfOurs) {
    EXPECT_EQ(why_unsigned(Bringer::RelayClient, "", "eve@elsewhere.test"), "") << "nothing is signed for it anyway";
    config.dkim.always = "l.test";
    EXPECT_NE(why_unsigned(Bringer::RelayClient, "", "eve@elsewhere.test"), "");
    EXPECT_NE(why_unsigned(Bringer::LocalProgram, "", "eve@elsewhere.test"), "");
    EXPECT_NE(why_unsigned(Bringer::List, "", "eve@elsewhere.test"), "") << "any local user can say that he is a list";
    EXPECT_EQ(why_unsigned(Bringer::Account, "", "eve@elsewhere.test"), "") << "he may write it";
    EXPECT_EQ(why_unsigned(Bringer::RelayClient, "", "ann@news.l.test"), "");
    config.dkim.senders = {{.from = ".elsewhere.test", .domains = {"l.test"}},
                           {.from = "elsewhere.test", .domains = {"l.test"}}};
    EXPECT_EQ(why_unsigned(Bringer::RelayClient, "", "eve@elsewhere.test"), "");
}

}  // namespace
}  // namespace policyd
