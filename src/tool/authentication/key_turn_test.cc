// The keys of a domain, carried on by the server: by what policyd saw, and by nothing else.
#include "authentication/key_turn.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>

#include "crypto/digest_signature.h"
#include "file/posix_disk.h"
#include "signing_keys/folder.h"
#include "signing_keys/publication.h"
#include "signing_keys/testing.h"

namespace authentication {
namespace {

using signing_keys::Key;

struct Turning : testing::Test {
    Turning() {
        std::filesystem::create_directories(place());
        add("x.test");
    }
    /// An old key.
    void add(const std::string& domain) const { signing_keys::testing::add_used_key(open(), domain, "old", key); }
    ~Turning() override { std::filesystem::remove_all(root); }

    std::string place() const { return root + "/keys/dkim"; }
    signing_keys::Folder open() const { return signing_keys::Folder(*file::PosixDisk::open(place())); }
    signing_keys::Keys keys() const { return *open().keys("x.test"); }

    /// The steps, by selector.
    std::vector<std::string> turn(const std::vector<master::Sighting>& seen, std::string_view rotate = "100d") {
        const auto turned = turn_keys(configuration(rotate), seen);
        EXPECT_EQ(turned.trouble, "");
        std::vector<std::string> told;
        for (const auto& one : turned.steps)
            told.push_back(fmt::format("{} {}", one.name.substr(0, 3), one.step.empty() ? "made" : one.step));
        return told;
    }
    std::string configuration(std::string_view rotate = "100d") const {
        return fmt::format(
            "hostname = \"mx.x.test\"\ndata_directory = \"{}\"\n[dkim]\nsign = true\nwait = \"0s\"\nrotate = \"{}\"\n",
            root, rotate);
    }
    static master::Sighting sighting(const Key& key, bool is_there) {
        return {signing_keys::number_of(record_name("x.test", key), record_of(key)), is_there};
    }

    std::string root = [] {
        std::string name = std::filesystem::temp_directory_path() / "hermod-turn-XXXXXX";
        return std::string(::mkdtemp(name.data()));
    }();
    crypto::DigestSigner key = crypto::DigestSigner::make(crypto::SignatureKind::Ed25519);
};

using Steps = std::vector<std::string>;

TEST_F(Turning, MakesKeysAndUsesThemOnceAllAreSeen) {
    EXPECT_EQ(turn({}, "0s"), Steps{}) << "by command alone";
    EXPECT_EQ(turn({}), (Steps{"rsa made", "ed2 made"}));
    EXPECT_EQ(turn({}), Steps{}) << "nobody has seen anything";
    const auto made = keys();
    ASSERT_EQ(made.size(), 3u);
    EXPECT_EQ(turn({sighting(made[1], false), sighting(made[2], false), {12345, true}}), Steps{});
    EXPECT_EQ(turn({sighting(made[1], true), sighting(made[2], false)}), Steps{"rsa is in the DNS"});
    EXPECT_EQ(turn({sighting(made[1], false)}), Steps{"rsa is in the DNS no more"});
    EXPECT_EQ(turn({sighting(made[2], true)}), Steps{"ed2 is in the DNS"}) << "and the other is not";
    EXPECT_EQ(state_of(keys()[0]), signing_keys::State::Used);
    EXPECT_EQ(turn({sighting(made[1], true), sighting(made[2], true)}),
              (Steps{"rsa is in the DNS", "old signs no more", "rsa signs from now on", "ed2 signs from now on"}));
    EXPECT_EQ(turn({sighting(made[0], false)}), Steps{}) << "what is in use is nobody's to take back";
}

TEST_F(Turning, LeavesADomainToWhoeverIsAtIt) {
    auto folder = open();
    const auto lock = folder.lock("x.test");
    EXPECT_EQ(turn({}), Steps{});
    EXPECT_EQ(keys().size(), 1u);
}

TEST_F(Turning, RevokedKeysSignNothingAndGo) {
    auto folder = open();
    auto all = keys();
    const auto now =
        std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
    signing_keys::revoke(all, {}, now);
    ASSERT_TRUE(folder.replace("x.test", all));
    EXPECT_EQ(turn({sighting(all[0], false)}), Steps{}) << "new keys are made by whoever revokes";
    EXPECT_EQ(turn({sighting(all[0], true)}), Steps{"old is revoked in the DNS, too"});
    all[0].revoked = 10;
    ASSERT_TRUE(folder.replace("x.test", all));
    EXPECT_EQ(turn({}), Steps{}) << "nobody has seen that the DNS knows";
    EXPECT_EQ(keys(), all);
    EXPECT_EQ(turn({sighting(all[0], true)}),
              (Steps{"old is revoked in the DNS, too", "old is gone: take it out of the DNS"}));
    EXPECT_TRUE(keys().empty());
}

TEST_F(Turning, OneDomainsTroubleIsNotThatOfOthers) {
    for (const auto* domain : {"a.test", "z.test"}) add(domain);
    std::filesystem::resize_file(place() + "/a.test/state", 20);
    std::filesystem::remove(place() + "/z.test/state");
    std::filesystem::create_directory(place() + "/z.test/state");
    const auto turned = turn_keys(configuration(), {});
    EXPECT_TRUE(turned.trouble.starts_with("a.test: ")) << turned.trouble;
    EXPECT_TRUE(turned.trouble.contains("; z.test: ")) << turned.trouble;
    ASSERT_EQ(turned.steps.size(), 2u) << "what was done between them";
    EXPECT_TRUE(turned.steps[0].name.ends_with(".x.test"));
}

TEST_F(Turning, WhatWasDoneBeforeTheTroubleIsTold) {
    auto folder = open();
    auto all = keys();
    while (all.size() < signing_keys::most_keys) {
        all.push_back(all.front());
        all.back().selector = fmt::format("old{}", all.size());
    }
    all[1].retired = 4;
    ASSERT_TRUE(folder.replace("x.test", all));
    std::filesystem::create_directories(place() + "/x.test/old2.pem/x");  // cannot be removed
    EXPECT_EQ(turn_keys(configuration(), {}).trouble.substr(0, 8), "x.test: ");
    EXPECT_EQ(keys().size(), signing_keys::most_keys - 1);
}

// A turn is a process that is killed after a while: what is much is done in several.
TEST_F(Turning, MakesSoManyKeysATurn) {
    for (const auto* domain : {"y.test", "z.test"}) add(domain);
    const auto turn = [&](TurnBounds bounds) {
        const auto turned = turn_keys(configuration(), {}, bounds);
        EXPECT_EQ(turned.trouble, "");
        return turned.steps.size();
    };
    EXPECT_EQ(turn({.time = std::chrono::milliseconds(0)}), 0u);
    EXPECT_EQ(turn({.made = 4}), 4u);
    EXPECT_EQ(turn({.made = 4}), 2u);
    EXPECT_EQ(turn({}), 0u);
}

}  // namespace
}  // namespace authentication
