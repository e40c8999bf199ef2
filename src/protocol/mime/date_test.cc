#include "mime/date.h"

#include <gtest/gtest.h>

using mime::Date;

// RFC 5322 §3.3
TEST(MimeDate, PrintsTheInstantInItsZone) {
    EXPECT_EQ(mime::to_text(Date{880127706, -360}), "Fri, 21 Nov 1997 09:55:06 -0600");
    EXPECT_EQ(mime::to_text(Date{0, 0}), "Thu, 1 Jan 1970 00:00:00 +0000");
    EXPECT_EQ(mime::to_text(Date{-1, 0}), "Wed, 31 Dec 1969 23:59:59 +0000");
    EXPECT_EQ(mime::to_text(Date{1709164800, 330}), "Thu, 29 Feb 2024 05:30:00 +0530");
    EXPECT_EQ(mime::to_text(Date{INT64_MAX, 0}).size(), 31u);
    EXPECT_EQ(mime::to_text(Date{INT64_MIN, INT_MIN}).size(), 30u);
}

// RFC 5322 §3.3, §4.3, appendix A
TEST(MimeDate, ReadsCurrentAndObsoleteForms) {
    const std::pair<std::string_view, Date> cases[] = {
        {"Fri, 21 Nov 1997 09:55:06 -0600", {880127706, -360}},
        {"21 Nov 97 09:55:06 GMT", {880106106, 0}},
        {"Tue, 1 Jul 2003 10:52:37 +0200", {1057049557, 120}},
        {"Thu,\r\n\t13\r\n\t  Feb\r\n\t    1969\r\n\t23:32\r\n\t       -0330 (Newfoundland Time)", {-27723480, -210}},
        {"Fri, 21 Nov 1997 09(comment):   55  :  06 -0600", {880127706, -360}},
        {"Mon, 24 Nov 1997 14:22:01 -0800", {880410121, -480}},
        {"1 Jan 49 00:00 UT", {2493072000, 0}},
        {"1 Jan 103 00:00 Z", {1041379200, 0}},
        {"1 Jan 1970 00:00:00 EST", {18000, -300}},
        {"1 Jan 1970 00:00:00 XYZ", {0, 0}},
        {"1 Jan 1970 00:00:00", {0, 0}},
        {"31 Dec 2016 23:59:60 +0000", {1483228800, 0}},
        {"Tuesday, 1 January 1980 00:00:00 +0000", {315532800, 0}},
    };
    for (const auto& [text, want] : cases) {
        const auto date = mime::parse_date(text);
        ASSERT_TRUE(date) << text;
        EXPECT_EQ(date->unix_seconds, want.unix_seconds) << text;
        EXPECT_EQ(date->zone_minutes, want.zone_minutes) << text;
    }
}

TEST(MimeDate, RefusesWhatIsNoDate) {
    for (const auto text :
         {"", "Fri", "Fri, ", "32 Jan 2000 00:00:00 +0000", "30 Feb 2000 00:00:00 +0000", "1 Foo 2000 00:00:00 +0000",
          "1 Jan 2000 24:00:00 +0000", "1 Jan 2000 00:60:00 +0000", "1 Jan 2000 00:00:00 +00",
          "1 Jan 2000 00:00:00 +0099", "1 Jan 2000 00:00:00 +0000 x", "1 Jan 10000 00:00:00 +0000",
          "2000-01-01 00:00:00", "1 Jan 1 00:00:00 +0000", "Xyz, 1 Jan 2000 00:00:00 +0000"})
        EXPECT_FALSE(mime::parse_date(text)) << text;
}

// Hostile: nested comments cost neither stack nor more than one look at each octet.
TEST(MimeDate, StandsNesting) { EXPECT_FALSE(mime::parse_date(std::string(1'000'000, '('))); }
