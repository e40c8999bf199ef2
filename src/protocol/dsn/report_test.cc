#include "dsn/report.h"

#include <gtest/gtest.h>

#include <vector>

#include "dsn/delivery_status.h"
#include "dsn/wants.h"
#include "mime/header.h"
#include "text/ascii.h"

using dsn::Action;

namespace {

dsn::Report report() {
    dsn::Recipient failed{"rfc822;a@example.org", "a@example.net",          Action::Failed,           "5.1.1",
                          "mx.example.net",       "550 5.1.1 No such user", mime::Date{880127706, 0}, {}};
    return {"mail.example.org", "", mime::Date{880127700, 0}, {failed}};
}

dsn::Writing writing() {
    dsn::Writing writing;
    writing.to = "sender@example.org";
    writing.message_id = "x1@mail.example.org";
    writing.date = {880127706, 0};
    writing.boundary = "b0undary";
    writing.original_header = "From: sender@example.org\nSubject: hello\n";
    writing.original_size = 100;
    return writing;
}

/// The parts of a multipart, each with its header.
std::vector<std::string> parts_of(std::string_view message, std::string_view boundary) {
    const auto delimiter = "\r\n--" + std::string(boundary);
    std::vector<std::string> parts;
    for (auto at = message.find(delimiter); at != std::string_view::npos;) {
        const auto start = at + delimiter.size() + 2;
        at = message.find(delimiter, start);
        if (at != std::string_view::npos) parts.emplace_back(message.substr(start, at - start));
    }
    return parts;
}

std::string type_of(std::string_view part) {
    const auto type = mime::find_field(part, "Content-Type");
    return type ? mime::unfold(type->value) : "";
}

}  // namespace

// RFC 6522 §3, RFC 3464 §2, RFC 3834 §5
TEST(DsnReport, IsAMultipartReport) {
    const auto notification = dsn::write(report(), writing());
    ASSERT_TRUE(notification.takes_original);
    const auto text = notification.prefix + "From: sender@example.org\r\n\r\nbody\r\n" + notification.suffix;
    EXPECT_EQ(mime::unfold(mime::find_field(text, "From")->value),
              "Mail Delivery System <MAILER-DAEMON@mail.example.org>");
    EXPECT_EQ(mime::unfold(mime::find_field(text, "To")->value), "<sender@example.org>");
    EXPECT_EQ(mime::unfold(mime::find_field(text, "Subject")->value), "Undelivered mail returned to sender");
    EXPECT_EQ(mime::unfold(mime::find_field(text, "Auto-Submitted")->value), "auto-replied");
    EXPECT_EQ(type_of(text), "multipart/report; report-type=delivery-status; boundary=\"b0undary\"");
    const auto parts = parts_of(text, "b0undary");
    ASSERT_EQ(parts.size(), 3u);
    EXPECT_EQ(type_of(parts[0]), "text/plain; charset=us-ascii");
    EXPECT_NE(parts[0].find("<a@example.net>\r\n"), std::string::npos);
    EXPECT_NE(parts[0].find("The address does not exist"), std::string::npos);
    EXPECT_NE(parts[0].find("Server mx.example.net: 550 5.1.1 No such user"), std::string::npos);
    EXPECT_EQ(type_of(parts[1]), "message/delivery-status");
    EXPECT_EQ(dsn::parse_delivery_status(parts[1].substr(mime::divide(parts[1]).body)), report());
    EXPECT_EQ(type_of(parts[2]), "message/rfc822");
    EXPECT_TRUE(parts[2].ends_with("\r\n\r\nbody\r\n"));
    EXPECT_TRUE(text.ends_with("\r\n--b0undary--\r\n"));
    EXPECT_FALSE(notification.needs_8bit || notification.needs_smtputf8);
    EXPECT_TRUE(text::is_7bit(text));
}

// RFC 3461 §4.3, §6.2
TEST(DsnReport, TakesOnlyTheHeaderOfLongOrUnwantedOriginals) {
    auto long_one = writing();
    long_one.original_size = 50'000'000;
    auto unwanted = writing();
    unwanted.wants_whole_original = false;
    for (const auto& about : {long_one, unwanted}) {
        const auto notification = dsn::write(report(), about);
        EXPECT_FALSE(notification.takes_original);
        const auto parts = parts_of(notification.prefix + notification.suffix, "b0undary");
        ASSERT_EQ(parts.size(), 3u);
        EXPECT_EQ(type_of(parts[2]), "text/rfc822-headers");
        EXPECT_TRUE(parts[2].ends_with("\r\n\r\nFrom: sender@example.org\r\nSubject: hello\r\n"));
    }
}

// RFC 6533 §4, §5, §6
TEST(DsnReport, HasInternationalForms) {
    auto about = report();
    about.recipients[0].final_recipient = "jos\xc3\xa9@example.net";
    auto original = writing();
    original.smtputf8 = true;
    original.to = "\xc3\xa9@example.org";
    original.original_header = "Subject: \xc3\xa9\r\n";
    const auto notification = dsn::write(about, original);
    EXPECT_TRUE(notification.needs_8bit && notification.needs_smtputf8);
    const auto parts = parts_of(notification.prefix + notification.suffix, "b0undary");
    ASSERT_EQ(parts.size(), 3u);
    EXPECT_EQ(type_of(parts[0]), "text/plain; charset=utf-8");
    EXPECT_EQ(type_of(parts[1]), "message/global-delivery-status");
    EXPECT_EQ(type_of(parts[2]), "message/global");
    original.original_size = 1'000'000;
    EXPECT_NE(dsn::write(about, original).prefix.find("message/global-headers"), std::string::npos);
    original.smtputf8 = false;
    EXPECT_NE(dsn::write(about, original).prefix.find("utf-8;jos\\x{E9}@example.net"), std::string::npos);
}

// Hostile: a reply of 100 KB with control characters and line ends stays a paragraph.
TEST(DsnReport, LetsNothingBeInjected) {
    auto about = report();
    about.recipients[0].diagnostic = "550 x\r\n--b0undary--\r\n\x1b[31m\0 y" + std::string(100'000, 'z');
    about.recipients[0].final_recipient = "a\r\nTo: b@example.net";
    const auto text = dsn::write(about, writing()).prefix;
    EXPECT_LT(text.size(), 6000u);
    EXPECT_EQ(text.find("\n--b0undary--"), std::string::npos);
    EXPECT_EQ(text.find('\x1b'), std::string::npos);
    EXPECT_EQ(text.find("\nTo: b@"), std::string::npos);
    EXPECT_TRUE(dsn::contains_boundary("x\n--b0undary\n", "b0undary"));
    EXPECT_FALSE(dsn::contains_boundary("x\nb0undary\n", "b0undary"));
}

TEST(DsnReport, TellsOfDelaysAndDeliveries) {
    auto about = report();
    about.recipients[0].action = Action::Delayed;
    about.recipients[0].status = "4.4.1";
    about.recipients[0].will_retry_until = mime::Date{880127706, 0};
    const auto delayed = dsn::write(about, writing()).prefix;
    EXPECT_NE(delayed.find("Subject: Mail delayed, still trying\r\n"), std::string::npos);
    EXPECT_NE(delayed.find("We try until Fri, 21 Nov 1997 15:55:06 +0000."), std::string::npos);
    about.recipients[0].action = Action::Delivered;
    EXPECT_NE(dsn::write(about, writing()).prefix.find("Your message has been delivered to:"), std::string::npos);
}

// RFC 3461 §4.1, §6.2; RFC 5321 §4.5.5
TEST(DsnWants, FollowsNotifyAndNeverAnswersTheNullSender) {
    struct Case {
        std::uint8_t notify;
        bool failed, delayed, delivered;
    };
    const Case cases[] = {
        {smtp::notify_unspecified, true, true, false},
        {smtp::notify_never, false, false, false},
        {smtp::notify_failure, true, false, false},
        {smtp::notify_delay, false, true, false},
        {smtp::notify_success, false, false, true},
        {smtp::notify_success | smtp::notify_failure | smtp::notify_delay, true, true, true},
    };
    for (const auto& [notify, failed, delayed, delivered] : cases) {
        EXPECT_EQ(dsn::wants("a@b", notify, Action::Failed), failed) << int(notify);
        EXPECT_EQ(dsn::wants("a@b", notify, Action::Delayed), delayed) << int(notify);
        for (const auto action : {Action::Delivered, Action::Relayed, Action::Expanded})
            EXPECT_EQ(dsn::wants("a@b", notify, action), delivered) << int(notify);
        for (const auto action : {Action::Failed, Action::Delayed, Action::Delivered})
            EXPECT_FALSE(dsn::wants("", notify, action));
    }
    EXPECT_TRUE(dsn::wants_whole_original(smtp::Return::Unspecified, report()));
    EXPECT_FALSE(dsn::wants_whole_original(smtp::Return::Headers, report()));
    auto delivered = report();
    delivered.recipients[0].action = Action::Delivered;
    EXPECT_FALSE(dsn::wants_whole_original(smtp::Return::Full, delivered));
}
