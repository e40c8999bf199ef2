#include "greylist/rules.h"

#include <gtest/gtest.h>

namespace {

using namespace greylist;
using namespace std::chrono_literals;
using Why = Decision::Why;

Attempt attempt(std::string_view client, Doubt doubt, std::string proved = "", std::string sender = "Ann@example.net") {
    return {.client = ip::parse_address(client).value(),
            .sender = std::move(sender),
            .recipient = "u@l.test",
            .proved = std::move(proved),
            .doubt = doubt};
}

Why decided(Doubt doubt, const Remembered& remembered, std::int64_t now = 10'000'000, std::string proved = "") {
    return decide(attempt("192.0.2.7", doubt, std::move(proved)), remembered, now, {}).why;
}

// RFC 5321 §4.5.4.1: a sender waits thirty minutes at least, and goes on for days.
TEST(Greylist, WhoComesAgainWithinTheWindowGetsThrough) {
    const auto after = [](std::chrono::seconds time) {
        return decided(Doubt::Unproved, {.waits_since = 10'000'000 - time.count()});
    };
    EXPECT_EQ(decided(Doubt::Unproved, {}), Why::First);
    EXPECT_EQ(after(0s), Why::Early);
    EXPECT_EQ(after(299s), Why::Early);
    EXPECT_EQ(after(300s), Why::Waited);
    EXPECT_EQ(after(24h), Why::Waited) << "once a day";
    EXPECT_EQ(after(48h), Why::Waited) << "and missed a day";
    EXPECT_EQ(after(50h + 1s), Why::First);
    EXPECT_EQ(decide(attempt("192.0.2.7", Doubt::Unproved), {.waits_since = 9'999'900}, 10'000'000, {}).time, 200s);
}

TEST(Greylist, WhoIsKnownIsNotDelayed) {
    const Known today{.last = 10'000'000 - 100}, old{.last = 10'000'000 - 36 * 86'400 - 1};
    EXPECT_EQ(decided(Doubt::None, {}), Why::NotDoubted);
    EXPECT_EQ(decided(Doubt::Everybody, {.known = today}), Why::Known);
    EXPECT_EQ(decided(Doubt::Everybody, {.known = old}), Why::First);
    EXPECT_EQ(decided(Doubt::Everybody, {.wrote_to_address = today}), Why::Correspondent);
    EXPECT_EQ(decided(Doubt::Everybody, {.wrote_to_address = old}), Why::First);
    EXPECT_EQ(decided(Doubt::Unnamed, {.wrote_to_domain = today}, 10'000'000, "example.net"), Why::Correspondent);
    EXPECT_EQ(decided(Doubt::Unproved, {.wrote_to_domain = today}), Why::First) << "anybody may use the name";
}

TEST(Greylist, ANetworkThatPassedIsTrustedAsFarAsItsNamesAreGood) {
    const Known once{.last = 10'000'000}, often{.last = 10'000'000, .passes = passes_of_a_network};
    EXPECT_EQ(decided(Doubt::Unproved, {.network = once}), Why::KnownNetwork);
    EXPECT_EQ(decided(Doubt::Unnamed, {.network = once}), Why::First);
    EXPECT_EQ(decided(Doubt::Unnamed, {.network = often}), Why::KnownNetwork);
    EXPECT_EQ(decided(Doubt::Everybody, {.network = often}), Why::First);
}

TEST(Greylist, AClockThatWasSetBackDelaysNobody) {
    EXPECT_EQ(decided(Doubt::Unproved, {.waits_since = 20'000'000}), Why::Waited);
    EXPECT_EQ(decided(Doubt::Unproved, {.known = Known{.last = 20'000'000}}), Why::Known);
}

TEST(Greylist, WhoIsProvedIsKnownByHisDomainElseByNetworkSenderAndRecipient) {
    const auto key = [](const Attempt& one, Key form = Key::Proved) { return names_of(one, form).key; };
    const auto plain = attempt("192.0.2.7", Doubt::Unproved), neighbour = attempt("192.0.2.250", Doubt::Unproved);
    EXPECT_EQ(key(plain), key(neighbour)) << "servers of one pool take turns";
    EXPECT_EQ(key(plain), key(attempt("::ffff:192.0.2.9", Doubt::Unproved)));
    EXPECT_NE(key(plain), key(attempt("192.0.3.7", Doubt::Unproved)));
    EXPECT_NE(key(plain), key(attempt("192.0.2.7", Doubt::Unproved, "", "bob@example.net")));
    EXPECT_EQ(key(plain), key(attempt("192.0.2.7", Doubt::Unproved, "", "prvs=1234567890=aNN@example.net")));
    EXPECT_EQ(key(attempt("2001:db8::7", Doubt::Unproved)), key(attempt("2001:db8::ff:8", Doubt::Unproved)));
    EXPECT_NE(key(attempt("2001:db8::7", Doubt::Unproved)), key(attempt("2001:db8:0:1::7", Doubt::Unproved)));
    EXPECT_EQ(key(attempt("192.0.2.7", Doubt::Unnamed, "Example.NET")),
              key(attempt("198.51.100.1", Doubt::Unnamed, "example.net", "other@example.net")));
    EXPECT_EQ(key(plain, Key::Sender), key(attempt("198.51.100.1", Doubt::Everybody), Key::Sender)) << "spamdyke's";
    EXPECT_NE(key(plain, Key::Sender), key(attempt("192.0.2.7", Doubt::Everybody, "", ""), Key::Sender));
    EXPECT_EQ(names_of(attempt("192.0.2.7", Doubt::Unproved, "", ""), Key::Proved).address, "");
    EXPECT_EQ(names_of(plain, Key::Proved).address, name_of_address("ann@EXAMPLE.net"));
    EXPECT_NE(name_of_address("example.net"), name_of_domain("example.net"));
}

}  // namespace
