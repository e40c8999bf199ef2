#include "tokend/keys.h"

#include <gtest/gtest.h>

#include <optional>

namespace tokend {
namespace {

using namespace std::chrono_literals;

// RFC 8037 App. A.2
const std::string some_keys =
    R"({"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]})";
const std::string others =
    R"({"keys":[{"kid":"2","kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]})";

struct KeysOfIssuer : ::testing::Test {
    Keys keys{{.fetch = [this] { ++fetches; },
               .tell = [this](const directory::FromTokend& message) { told.push_back(message); },
               .warn = [this](const std::string& why) { warnings.push_back(why); }}};
    void pass(std::chrono::milliseconds time) {
        now += time;
        keys.tick(now);
    }
    int fetches = 0;
    std::vector<directory::FromTokend> told;
    std::vector<std::string> warnings;
    clocks::Steady now{1000h};
};

using Told = std::vector<directory::FromTokend>;

TEST_F(KeysOfIssuer, AreFetchedAtTheStartAndEveryHour) {
    pass(0ms);
    EXPECT_EQ(fetches, 1);
    pass(10s);
    EXPECT_EQ(fetches, 1) << "that is still going on";
    keys.fetched(some_keys, now);
    EXPECT_EQ(told, (Told{directory::TokenKeys{some_keys}}));
    pass(59min);
    EXPECT_EQ(fetches, 1);
    pass(1min);
    EXPECT_EQ(fetches, 2);
    keys.fetched(some_keys, now);
    EXPECT_EQ(told.size(), 1u) << "they are the same";
    pass(60min);
    keys.fetched(others, now);
    EXPECT_EQ(told.back(), directory::FromTokend(directory::TokenKeys{others}));
    keys.connected();
    EXPECT_EQ(told.size(), 3u) << "directory was started anew";
    EXPECT_EQ(told.back(), directory::FromTokend(directory::TokenKeys{others}));
}

TEST_F(KeysOfIssuer, StayInUseWhileHeIsDown) {
    pass(0ms);
    keys.fetched(some_keys, now);
    pass(60min);
    EXPECT_EQ(fetches, 2);
    for (const auto& said : {std::expected<std::string, std::string>(std::unexpected("Connection refused")),
                             std::expected<std::string, std::string>("<html>"),
                             std::expected<std::string, std::string>(R"({"keys":[]})")}) {
        keys.fetched(said, now);
        pass(60min);
    }
    EXPECT_EQ(fetches, 5);
    EXPECT_EQ(told, (Told{directory::TokenKeys{some_keys}}));
    keys.connected();
    EXPECT_EQ(told.back(), directory::FromTokend(directory::TokenKeys{some_keys}));
    EXPECT_EQ(warnings.size(), 3u);
    EXPECT_NE(warnings[0].find("Connection refused; those fetched last stay in use"), std::string::npos);
}

TEST_F(KeysOfIssuer, AreTriedForMoreAndMoreSeldom) {
    pass(0ms);
    for (const auto pause : {1min, 2min, 4min, 8min, 16min, 32min, 60min, 60min}) {
        const int before = fetches;
        keys.fetched(std::unexpected("down"), now);
        pass(pause - 1ms);
        EXPECT_EQ(fetches, before);
        pass(1ms);
        EXPECT_EQ(fetches, before + 1);
    }
    EXPECT_EQ(warnings.size(), 1u) << "the same is not said again";
}

TEST_F(KeysOfIssuer, AnUnknownNameIsAReasonToAskButNotOften) {
    pass(0ms);
    keys.renew({.ticket = 1}, now);
    EXPECT_TRUE(told.empty()) << "what is going on will tell";
    keys.fetched(some_keys, now);
    EXPECT_EQ(told, (Told{directory::TokenKeys{some_keys}, directory::KeysRenewed{.ticket = 1, .is_reached = true}}));
    keys.renew({.ticket = 2}, now);
    EXPECT_EQ(fetches, 2);
    keys.fetched(some_keys, now);
    told.clear();
    now += 29s;
    keys.renew({.ticket = 3}, now);
    EXPECT_EQ(told, (Told{directory::KeysRenewed{.ticket = 3, .is_reached = true}}));
    EXPECT_EQ(fetches, 2);
    now += 1s;
    keys.renew({.ticket = 4}, now);
    keys.renew({.ticket = 5}, now);
    EXPECT_EQ(fetches, 3);
    told.clear();
    keys.fetched(std::unexpected("down"), now);
    EXPECT_EQ(told, (Told{directory::KeysRenewed{.ticket = 4}, directory::KeysRenewed{.ticket = 5}}));
    keys.renew({.ticket = 6}, now);
    EXPECT_EQ(told.back(), directory::FromTokend(directory::KeysRenewed{.ticket = 6})) << "nobody can say";
}

TEST_F(KeysOfIssuer, QuestionsOfWhoHasDiedAreOver) {
    pass(0ms);
    keys.renew({.ticket = 1}, now);
    keys.connected();
    keys.fetched(some_keys, now);
    EXPECT_EQ(told, (Told{directory::TokenKeys{some_keys}}));
}

// Hostile
TEST_F(KeysOfIssuer, SoManyWaitAndNoMore) {
    pass(0ms);
    for (std::uint64_t ticket = 0; ticket < Keys::most_waiting; ++ticket) keys.renew({.ticket = ticket}, now);
    EXPECT_TRUE(told.empty());
    keys.renew({.ticket = 99'999}, now);
    EXPECT_EQ(told, (Told{directory::KeysRenewed{.ticket = 99'999}}));
}

}  // namespace
}  // namespace tokend
