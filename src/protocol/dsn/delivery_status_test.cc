#include "dsn/delivery_status.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "mime/header.h"

using dsn::Action;

namespace {

dsn::Report report() {
    dsn::Recipient failed{"rfc822;a+b@example.org",
                          "a@example.net",
                          Action::Failed,
                          "5.1.1",
                          "mx.example.net",
                          "550 5.1.1 No such user\nTry another",
                          mime::Date{880127706, -360},
                          {}};
    dsn::Recipient delayed{"", "\"b c\"@example.net", Action::Delayed, "4.4.1", "", "", {}, mime::Date{880131306, 0}};
    return {"mail.example.org", "QQ314159", mime::Date{880127700, 0}, {failed, delayed}};
}

}  // namespace

// RFC 3464 §2.1, §2.2, §2.3
TEST(DeliveryStatus, PrintsGroupsOfFields) {
    EXPECT_EQ(dsn::to_text(report()),
              "Original-Envelope-Id: QQ314159\r\n"
              "Reporting-MTA: dns;mail.example.org\r\n"
              "Arrival-Date: Fri, 21 Nov 1997 15:55:00 +0000\r\n"
              "\r\n"
              "Original-Recipient: rfc822;a+b@example.org\r\n"
              "Final-Recipient: rfc822;a@example.net\r\n"
              "Action: failed\r\n"
              "Status: 5.1.1\r\n"
              "Remote-MTA: dns;mx.example.net\r\n"
              "Diagnostic-Code: smtp;550 5.1.1 No such user\r\n"
              " Try another\r\n"
              "Last-Attempt-Date: Fri, 21 Nov 1997 09:55:06 -0600\r\n"
              "\r\n"
              "Final-Recipient: rfc822;\"b c\"@example.net\r\n"
              "Action: delayed\r\n"
              "Status: 4.4.1\r\n"
              "Will-Retry-Until: Fri, 21 Nov 1997 16:55:06 +0000\r\n");
    EXPECT_EQ(dsn::parse_delivery_status(dsn::to_text(report())), report());
    auto gaps = report();
    gaps.recipients[0].diagnostic = "550 one\n \n\ntwo\n";
    EXPECT_NE(dsn::to_text(gaps).find("smtp;550 one\r\n two\r\nLast"), std::string::npos);
}

// RFC 6533 §3
TEST(DeliveryStatus, CarriesAddressesInUtf8) {
    auto international = report();
    international.recipients.resize(1);
    international.recipients[0].original_recipient =
        "utf-8;jos\xc3\xa9+x@b\xc3\xbc"
        "cher.example";
    international.recipients[0].final_recipient = "jos\xc3\xa9@example.net";
    const auto ascii = dsn::to_text(international, dsn::Charset::Ascii);
    EXPECT_NE(ascii.find("Original-Recipient: utf-8;jos\\x{E9}\\x{2B}x@b\\x{FC}cher.example\r\n"), std::string::npos);
    const auto utf8 = dsn::to_text(international, dsn::Charset::Utf8);
    EXPECT_NE(utf8.find("Final-Recipient: utf-8;jos\xc3\xa9@example.net\r\n"), std::string::npos);
    EXPECT_EQ(dsn::parse_delivery_status(ascii), international);
    EXPECT_EQ(dsn::parse_delivery_status(utf8), international);
}

// Hostile: what remote servers and senders chose adds no line, field or group.
TEST(DeliveryStatus, LetsNothingBeInjected) {
    dsn::Recipient hostile{"rfc822;a\r\nX: y",
                           "b\r\n\r\nFinal-Recipient: rfc822;c",
                           Action::Failed,
                           "5.1.1\r\nX: y",
                           "\x1b[31m",
                           "550 one\r\n\r\n \n\0two",
                           {},
                           {}};
    hostile.diagnostic += std::string(100'000, 'x');
    const auto text = dsn::to_text({"host", "id\r\nX: y", {}, {hostile}});
    EXPECT_LT(text.size(), 2000u);
    const auto read = dsn::parse_delivery_status(text);
    ASSERT_TRUE(read);
    ASSERT_EQ(read->recipients.size(), 1u);
    EXPECT_EQ(read->recipients[0].final_recipient, "b????Final-Recipient: rfc822;c");
    EXPECT_EQ(read->recipients[0].status, "5.0.0");
    EXPECT_EQ(text.find("\nX:"), std::string::npos);
}

TEST(DeliveryStatus, SaysWhatIsWrong) {
    using Code = dsn::StatusError::Code;
    struct Case {
        std::string_view text;
        dsn::StatusError want;
    };
    const Case cases[] = {
        {"", {Code::MissingReportingMta, 0}},
        {"Reporting-MTA: dns;a\n", {Code::MissingRecipient, 0}},
        {"Reporting-MTA: dns;a\n\nAction: failed\n", {Code::MissingFinalRecipient, 1}},
        {"Reporting-MTA: dns;a\n\nFinal-Recipient: rfc822;b\nAction: lost\n", {Code::BadAction, 1}},
        {"Reporting-MTA: dns;a\n\nFinal-Recipient: rfc822;b\nAction: failed\nStatus: 3.0.0\n", {Code::BadStatus, 1}},
        {"Reporting-MTA: dns;a\nArrival-Date: x\n", {Code::BadDate, 0}},
    };
    for (const auto& [text, want] : cases) {
        const auto read = dsn::parse_delivery_status(text);
        ASSERT_FALSE(read) << text;
        EXPECT_EQ(read.error(), want) << text << dsn::describe(read.error().code);
    }
}
