#include "relay/destination.h"

#include <gtest/gtest.h>

namespace relay {
namespace {

TEST(Destination, IsReadAndWrittenBack) {
    const std::pair<std::string_view, Destination> cases[] = {
        {"mx:example.org", ByMx{"example.org"}},
        {"mx:[192.0.2.1]", ByMx{"[192.0.2.1]"}},
        {"smtp:mx.example.org:25", ByHost{smtp::Protocol::Smtp, "mx.example.org", 25}},
        {"smtp:192.0.2.1:2525", ByHost{smtp::Protocol::Smtp, "192.0.2.1", 2525}},
        {"smtp:[2001:db8::1]:25", ByHost{smtp::Protocol::Smtp, "2001:db8::1", 25}},
        {"lmtp:127.0.0.1:24", ByHost{smtp::Protocol::Lmtp, "127.0.0.1", 24}},
        {"mx:example.org/verified", ByMx{"example.org", site::RelayTls::Verified}},
        {"smtp:[2001:db8::1]:25/off", ByHost{smtp::Protocol::Smtp, "2001:db8::1", 25, false, site::RelayTls::Off}},
        {"smtps:mx.example.org:465", ByHost{smtp::Protocol::Smtp, "mx.example.org", 465, true}},
        {"lmtp:/run/lmtp", BySocket{"/run/lmtp"}},
        {"smtp:mx.isp.example:587/verified as ann/b@isp.example",
         ByHost{smtp::Protocol::Smtp, "mx.isp.example", 587, false, site::RelayTls::Verified, "ann/b@isp.example"}},
        {"smtps:[::1]:465 as ann", ByHost{smtp::Protocol::Smtp, "::1", 465, true, std::nullopt, "ann"}},
    };
    for (const auto& [text, want] : cases) {
        SCOPED_TRACE(text);
        const auto destination = parse_destination(text);
        ASSERT_TRUE(destination);
        EXPECT_EQ(*destination, want);
        EXPECT_EQ(to_text(*destination), text);
    }
}

TEST(Destination, RefusesWhatNamesNoPlace) {
    for (std::string_view text : {"",
                                  "mx:",
                                  "example.org",
                                  "smtp:",
                                  "smtp:host",
                                  "smtp:host:",
                                  "smtp:host:0",
                                  "smtp::25",
                                  "smtp:host:65536",
                                  "smtp:host:25x",
                                  "smtp:[]:25",
                                  "lmtp:",
                                  "lmtp:host",
                                  "uucp:host:1",
                                  "mx:example.org/",
                                  "mx:example.org/x",
                                  "smtp:h:25/verified/off",
                                  "smtp:h:25 as ",
                                  "mx:example.org as ann",
                                  "lmtp:h:24 as ann"})
        EXPECT_FALSE(parse_destination(text)) << text;
}

}  // namespace
}  // namespace relay
