#include "drop/forward.h"

#include <gtest/gtest.h>

namespace drop {
namespace {

TEST(Forward, HasOneEnvelopeOrOneForEach) {
    const auto plain = envelopes_of_forward("owner@l.test", {"a@b.test", "c@d.test"});
    ASSERT_EQ(plain.size(), 1u);
    EXPECT_EQ(plain[0].kind, Kind::Forward);
    EXPECT_EQ(plain[0].smtp.reverse_path, "owner@l.test");
    EXPECT_EQ(plain[0].smtp.recipients.size(), 2u);
    EXPECT_FALSE(plain[0].smtp.smtputf8);

    const auto each = envelopes_of_forward("owner-@l.test-@[]", {"a@b.test", "c@d.test"});
    ASSERT_EQ(each.size(), 2u);
    EXPECT_EQ(each[1].smtp.reverse_path, "owner-c=d.test@l.test");
    ASSERT_EQ(each[1].smtp.recipients.size(), 1u);
    EXPECT_EQ(each[1].smtp.recipients[0].address, "c@d.test");

    EXPECT_TRUE(envelopes_of_forward("", {"\xc3\xbc@b.test"})[0].smtp.smtputf8);  // RFC 6531
}

}  // namespace
}  // namespace drop
