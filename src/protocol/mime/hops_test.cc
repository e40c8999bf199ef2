#include "mime/hops.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace mime {
namespace {

// RFC 5321 §4.4: Received as it is written by ourselves and by others.
TEST(MimeHops, ReadsWhatServersWrite) {
    const auto hop = parse_hop(
        " from client.test (HELO x by y) ([192.0.2.1])\r\n by mail.st13.example with ESMTP\r\n id 0ABCDEFGHJKMN\r\n"
        " for <u@l.test>; Fri, 27 Nov 2026 20:00:01 +0000");
    EXPECT_EQ(hop, (Hop{.from = "client.test",
                        .by = "mail.st13.example",
                        .with = "ESMTP",
                        .id = "0ABCDEFGHJKMN",
                        .recipient = "u@l.test",
                        .date = Date{1795809601, 0}}));
    const auto postfix =
        parse_hop(" by mail.st3.example (Postfix)\r\n\tid 4A1B2C; Fri, 27 Nov 2026 21:00:01 +0100 (CET)");
    EXPECT_EQ(postfix.by, "mail.st3.example");
    EXPECT_EQ(postfix.id, "4A1B2C");
    ASSERT_TRUE(postfix.date);
    EXPECT_EQ(postfix.date->unix_seconds, 1795809601);
    EXPECT_EQ(parse_hop("(unfinished by x"), Hop{});
    EXPECT_EQ(parse_hop("by; by a by b").by, "a");
    EXPECT_EQ(parse_hop(""), Hop{});
}

constexpr std::string_view header =
    "Received: from st12 by mail.st13.example with ESMTP id 0000000000000; Fri, 27 Nov 2026 20:00:09 +0000\r\n"
    "Received: from st3 by mail.st12.example with esmtp (Exim 4.96) id 1abc-2;\r\n Fri, 27 Nov 2026 20:00:04 +0000\r\n"
    "Received: from st13 by mail.st3.example (Postfix) id 4A1B; Fri, 27 Nov 2026 20:00:03 +0000\r\n"
    "Received: from c by MAIL.st13.example with ESMTP id 0ABCDEFGHJKMN; Fri, 27 Nov 2026 20:00:01 +0000\r\n"
    "Subject: x\r\n\r\nReceived: by body id 1\r\n";

// RFC 5322 §3.6.6: what stands below Resent fields is older than them.
TEST(MimeHops, FindsOurOwnIdsBehindOthers) {
    using Ids = std::vector<std::string>;
    EXPECT_EQ(earlier_ids(header, "mail.st13.example"), (Ids{"0ABCDEFGHJKMN"}));
    EXPECT_EQ(earlier_ids(header, "mail.st3.example"), (Ids{"4A1B"}));
    EXPECT_EQ(earlier_ids("Received: by me id 1\r\nReceived: by me id 2\r\n", "me"), Ids{});
    EXPECT_EQ(earlier_ids("Received: by it\r\nResent-To: x@y.z\r\nReceived: by me id 2\r\n", "me"), Ids{});
    EXPECT_EQ(earlier_ids("Received: by it\r\nReceived: by me\r\nReceived: by me id 3\r\n", "me"), (Ids{"3"}));
}

TEST(MimeHops, AreDrawn) {
    const auto line = to_line(hops_of(header));
    EXPECT_EQ(line,
              "MAIL.st13.example 2026-11-27T20:00:01Z 0ABCDEFGHJKMN; mail.st3.example 2026-11-27T20:00:03Z 4A1B; "
              "mail.st12.example 2026-11-27T20:00:04Z 1abc-2; mail.st13.example 2026-11-27T20:00:09Z");
    EXPECT_EQ(drawing_of(line, "  "),
              "    o           2026-11-27T20:00:01Z  MAIL.st13.example  (0ABCDEFGHJKMN)\n"
              "  -->     +2 s  2026-11-27T20:00:03Z  mail.st3.example  (4A1B)\n"
              "  -->     +1 s  2026-11-27T20:00:04Z  mail.st12.example  (1abc-2)\n"
              "  -->     +5 s  2026-11-27T20:00:09Z  mail.st13.example\n");
}

// Hostile: another server writes what it likes.
TEST(MimeHops, AreCleanAndFew) {
    std::string many;
    for (int i = 0; i < 5000; ++i) many += "Received: by a\x1b[2J;b=c\"d id <>; no date\r\n";
    const auto hops = hops_of(many);
    EXPECT_EQ(hops.size(), most_hops);
    const auto line = to_line(hops);
    EXPECT_EQ(line.find_first_of("\x1b\"<>="), std::string::npos) << line;
    EXPECT_LT(line.size(), 20u * 200);
    EXPECT_LE(std::ranges::count(drawing_of(line, ""), '\n'), 20);
}

}  // namespace
}  // namespace mime
