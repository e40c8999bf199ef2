#include "relay/credentials.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "process/wire.h"

namespace relay {
namespace {

using ::testing::ElementsAre;

site::Route route(std::string user, std::string host = "mx.isp.example:587", std::string file = "/etc/hermod/p") {
    return {.domain = "*", .next_hop = std::move(host), .username = std::move(user), .password_file = std::move(file)};
}

std::vector<process::Secret> files(std::initializer_list<std::string_view> contents) {
    std::vector<process::Secret> made;
    for (const auto content : contents)
        made.push_back({static_cast<std::uint32_t>(made.size()), process::memory_file(content)});
    return made;
}

Destination at(std::string_view text) { return *parse_destination(text); }

TEST(Credentials, BelongToTheirOwnRoute) {
    Credentials credentials;
    const site::Routes routes{
        {.domain = "x.example", .next_hop = "mx"}, route("ann"), route("bob"), route("ann", "smtps:mx.isp.example")};
    EXPECT_THAT(credentials.use(routes, files({"ann's\n", "bob's", "another of ann's\r\n"})), ElementsAre());
    EXPECT_EQ(credentials.find(at("smtp:mx.isp.example:587/verified as ann"))->password, "ann's");
    EXPECT_EQ(credentials.find(at("smtp:mx.isp.example:587/verified as ann"))->user, "ann");
    EXPECT_EQ(credentials.find(at("smtp:mx.isp.example:587/verified as bob"))->password, "bob's");
    EXPECT_EQ(credentials.find(at("smtps:mx.isp.example:465/verified as ann"))->password, "another of ann's");
    for (const auto* other : {"smtp:mx.isp.example:587/verified", "smtp:mx.isp.example:587/required as ann",
                              "smtp:mx.isp.example:25/verified as ann", "smtp:elsewhere.example:587/verified as ann",
                              "smtp:mx.isp.example:587/verified as eve"})
        EXPECT_FALSE(credentials.find(at(other))) << other;
}

// What is wrong with a file is said without what is in it; the others count.
TEST(Credentials, AreOneLine) {
    Credentials credentials;
    const site::Routes routes{route("a", "h1", "/1"), route("b", "h2", "/2"), route("c", "h3", "/3"),
                              route("d", "h4", "/4"), route("e", "h5", "/5")};
    const auto problems =
        credentials.use(routes, files({"", "two\nlines\n", std::string(site::longest_password + 1, 'x'), "good\n"}));
    EXPECT_THAT(problems, ElementsAre("/1 has no password in it", "/2 has more in it than one line",
                                      "/3 is too long for a password"));
    EXPECT_TRUE(credentials.find(at("smtp:h4:25/verified as d")));
    EXPECT_FALSE(credentials.find(at("smtp:h5:25/verified as e")));  // master could not open its file
    EXPECT_THAT(credentials.use({}, {}), ElementsAre());
    EXPECT_FALSE(credentials.find(at("smtp:h4:25/verified as d")));
}

}  // namespace
}  // namespace relay
