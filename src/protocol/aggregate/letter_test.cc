#include "aggregate/letter.h"

#include <gmock/gmock.h>

#include "aggregate/compression.h"
#include "aggregate/testing.h"
#include "aggregate/xml.h"
#include "mime/header.h"
#include "text/base64.h"

namespace aggregate {
namespace {

using ::testing::HasSubstr;

std::string letter(const Report& report) {
    return to_text(Letter{.from = {"", "postmaster@mx.r.example"},
                          .to = {"a@example.com", "b@example.net"},
                          .submitter = "mx.r.example",
                          .date = {.unix_seconds = 1'767'400'000},
                          .report = report});
}

std::string unfolded_field(const std::string& message, std::string_view name) {
    const auto field = mime::find_field(message, name);
    return field ? mime::unfold(field->value) : "";
}

// RFC 9990 §3.5.2: subject, file name and media type.
TEST(ReportLetter, IsCalledAsItMust) {
    const auto report = testing::example_report();
    const auto message = letter(report);
    EXPECT_EQ(unfolded_field(message, "Subject"),
              "Report Domain: example.com Submitter: mx.r.example Report-ID: <20260101.deadbeef>");
    EXPECT_EQ(unfolded_field(message, "Message-ID"), "<20260101.deadbeef@mx.r.example>");
    EXPECT_EQ(unfolded_field(message, "To"), "a@example.com, b@example.net");
    EXPECT_EQ(unfolded_field(message, "Auto-Submitted"), "auto-generated");
    EXPECT_THAT(message, HasSubstr("Content-Type: application/gzip; "
                                   "name=\"mx.r.example!example.com!1767225600!1767311999.xml.gz\"\r\n"));
    EXPECT_THAT(message, HasSubstr("Content-Disposition: attachment;\r\n "
                                   "filename=\"mx.r.example!example.com!1767225600!1767311999.xml.gz\"\r\n"));
    for (std::size_t at = 0; at < message.size();) {
        const auto end = message.find("\r\n", at);
        ASSERT_NE(end, std::string::npos) << "every line ends";
        EXPECT_LE(end - at, 998u);
        at = end + 2;
    }
}

// RFC 9990 §3.5.1
TEST(ReportLetter, IsFoundAgain) {
    const auto report = testing::example_report();
    const auto attachment = find_attachment(letter(report));
    ASSERT_TRUE(attachment);
    Unpacking unpacking(*attachment);
    EXPECT_EQ(parse_report(unpacking.next().value_or("")), report);
}

TEST(ReportLetter, InMessagesOfOthers) {
    const std::pair<std::string, std::optional<std::string>> cases[] = {
        // the report is the message
        {"Content-Type: application/zip;\r\n name=\"a.zip\"\r\nContent-Transfer-Encoding: BASE64\r\n\r\nPHgv\r\nPg==",
         "<x/>"},
        {"Content-Type: text/xml\n\n<x/>", "<x/>"},
        {"Content-Type: application/octet-stream\nContent-Disposition: attachment; filename=a!b!1!2.xml.gz\n\n<x/>",
         "<x/>"},
        // deeper
        {"Content-Type: multipart/mixed; charset=x; Boundary=\"b 1\"\n\npreamble\n--b 1\n"
         "Content-Type: multipart/alternative; boundary=c\n\n--c\n\nhello\n--c--\n--b 1\n"
         "Content-Type: application/gzip\n\n<x/>\n--b 1--\nepilogue",
         "<x/>\n"},
        {"Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: application/xml\n\nno end", "no end"},
        // nothing
        {"", std::nullopt},
        {"Subject: hello\n\nhello", std::nullopt},
        {"Content-Type: multipart/mixed\n\n--\nContent-Type: text/xml\n\n<x/>", std::nullopt},
        {"Content-Type: text/xml\nContent-Transfer-Encoding: base64\n\n!!!", std::nullopt},
    };
    for (const auto& [message, want] : cases) EXPECT_EQ(find_attachment(message), want) << message;
}

// Hostile: a message that is all boundaries, and one that is all nesting.
TEST(ReportLetter, LooksAtSoManyParts) {
    std::string wide = "Content-Type: multipart/mixed; boundary=b\n\n", deep;
    for (int i = 0; i < 100'000; ++i) wide += "--b\n\n";
    for (int i = 0; i < 100'000; ++i) deep += "Content-Type: multipart/mixed; boundary=b\n\n--b\n";
    EXPECT_EQ(find_attachment(wide + "--b\nContent-Type: text/xml\n\n<x/>"), std::nullopt);
    EXPECT_EQ(find_attachment(deep + "Content-Type: text/xml\n\n<x/>"), std::nullopt);
}

}  // namespace
}  // namespace aggregate
