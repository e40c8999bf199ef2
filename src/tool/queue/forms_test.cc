#include "queue/forms.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>

#include "spool/spool.h"

namespace queue {
namespace {

constexpr std::int64_t arrived = 1'700'000'000'000;

admind::QueuedMessage message() {
    return {.id = 1,
            .reverse_path = "a@b.example",
            .arrived = arrived,
            .size = 12'345,
            .origin = "192.0.2.1 (HELO \x1b[31mx)",
            .recipients = {{.address = "c@d.example",
                            .destination = "mx:d.example",
                            .attempts = 2,
                            .due = arrived + 90'000,
                            .diagnostic = "450 4.2.1 later \"now\""},
                           {.address = "done@d.example", .destination = "local", .done = true},
                           {.address = "e@f.example", .held = true}}};
}

struct FormsTest : testing::Test {
    FormsTest() {
        ::setenv("TZ", "UTC", 1);
        ::tzset();
    }
    std::string id = spool::to_text(1);
};

TEST_F(FormsTest, ForPeople) {
    EXPECT_EQ(list_form(message(), arrived),
              id + "  2023-11-14 22:13:20    12 kB  from a@b.example\n"
                   "    waiting  <c@d.example>, next try in 1m 30s, 2 tried: 450 4.2.1 later \"now\"\n"
                   "    held     <e@f.example>\n");
    const auto shown = show_form(message(), arrived + 3'600'000);
    EXPECT_NE(shown.find("(1h ago)"), shown.npos) << shown;
    EXPECT_NE(shown.find("done     <done@d.example>"), shown.npos);
    EXPECT_EQ(shown.find('\x1b'), shown.npos) << "Hostile: HELO with an escape sequence";
}

// RFC 4865
TEST_F(FormsTest, SaysUntilWhenItIsHeld) {
    auto later = message();
    later.arrived = arrived + 3'600'000;
    later.recipients = {{.address = "c@d.example", .due = arrived + 3'600'000, .awaits_release = true}};
    EXPECT_TRUE(list_form(later, arrived).starts_with(id + "  for later              12 kB  from a@b.example\n"))
        << list_form(later, arrived);
    EXPECT_NE(
        list_form(later, arrived).find("    later    <c@d.example>, held until 2023-11-14 23:13:20 as its sender"),
        std::string::npos)
        << list_form(later, arrived);
    EXPECT_NE(show_form(later, arrived).find("release  2023-11-14 23:13:20 +0000 (in 1h)"), std::string::npos);
    EXPECT_NE(json_form(later).find(R"("state": "later")"), std::string::npos);
}

TEST_F(FormsTest, SaysWhatIsUnderWay) {
    auto flying = message();
    flying.recipients = {{.address = "c@d.example", .in_flight = true, .will_bounce = true}};
    flying.left_out = 7;
    EXPECT_NE(list_form(flying, arrived).find("    bouncing  <c@d.example>\n    and 7 more\n"), std::string::npos);
    EXPECT_EQ(under_way_text(qmgr::Action::Bounce, 0), "");
    EXPECT_NE(under_way_text(qmgr::Action::Bounce, 2).find("unless it succeeds"), std::string::npos);
    EXPECT_NE(under_way_text(qmgr::Action::Remove, 2).find("may still succeed"), std::string::npos);
}

TEST_F(FormsTest, AsJson) {
    auto bounce = message();
    bounce.reverse_path.clear();
    bounce.recipients.resize(1);
    bounce.origin = "x";
    EXPECT_EQ(json_form(bounce),
              "{\"id\": \"" + id +
                  "\", \"from\": \"\", \"arrived\": 1700000000000, \"size\": 12345, \"origin\": \"x\", \"recipients\": "
                  "[{\"to\": "
                  "\"c@d.example\", \"state\": \"waiting\", \"attempts\": 2, \"due\": 1700000090000, \"destination\": "
                  "\"mx:d.example\", \"diagnostic\": \"450 4.2.1 later \\\"now\\\"\"}]}");
}

TEST_F(FormsTest, AsMailqHasAlwaysPrintedIt) {
    EXPECT_EQ(mailq_form(message()), id +
                                         "!   12345 Tue Nov 14 22:13:20 a@b.example\n"
                                         "    (450 4.2.1 later \"now\")\n" +
                                         std::string(41, ' ') + "c@d.example\n" + std::string(41, ' ') +
                                         "e@f.example\n\n");
    EXPECT_EQ(mailq_total(0, 0), "Mail queue is empty\n");
    EXPECT_EQ(mailq_total(1025, 1), "-- 2 Kbytes in 1 Request.\n");
}

TEST_F(FormsTest, WhatAQueueIdLooksLike) {
    const std::string said = not_an_id("zz\x1b");
    const auto example = said.substr(said.rfind(' ') + 1);
    EXPECT_EQ(said, "'zz\\x1b' is no queue id; one looks like " + example);
    EXPECT_TRUE(spool::parse_message_id(example));
}

TEST_F(FormsTest, Durations) {
    EXPECT_EQ(duration_text(-5), "now");
    EXPECT_EQ(duration_text(59'999), "59s");
    EXPECT_EQ(duration_text(3'600'000), "1h");
    EXPECT_EQ(duration_text(90'061'000), "1d 1h");
    EXPECT_EQ(duration_text(86'461'000), "1d");
}

}  // namespace
}  // namespace queue
