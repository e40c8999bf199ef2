#include <gtest/gtest.h>

#include "qmgr/testing/desk.h"

namespace qmgr {
namespace {

using testing::Desk;
using testing::failed;

// RFC 6152 §3: what encloses 8-bit octets says so, its own header too.
TEST(Bounce, SaysThatTheOriginalIs8Bit) {
    for (const std::string body : {"body\r\n",
                                   "b\xc3\xb6"
                                   "dy\r\n"}) {
        Desk desk;
        desk.submit(Desk::envelope("s@example.net", {Desk::to("a@x.example")}), "Subject: test\r\n\r\n" + body);
        desk.answer(desk.next_attempt(), failed());
        ASSERT_EQ(desk.spool.messages.size(), 1u);
        const auto& bounce = desk.spool.messages.begin()->second;
        const bool is_8bit = body != "body\r\n";
        EXPECT_NE(bounce.octets.find(body), std::string::npos);
        const auto part = bounce.octets.find("Content-Type: message/rfc822");
        ASSERT_NE(part, std::string::npos);
        const std::string_view said =
            std::string_view(bounce.octets).substr(part, bounce.octets.find("Subject: test") - part);
        EXPECT_EQ(said.contains("Content-Transfer-Encoding: 8bit"), is_8bit) << said;
        EXPECT_EQ(bounce.octets.substr(0, bounce.octets.find("\r\n\r\n")).contains("8bit"), is_8bit);
        EXPECT_EQ(bounce.envelope.body == smtp::BodyType::EightBitMime, is_8bit);
    }
}

}  // namespace
}  // namespace qmgr
