#include "directory/credentials_in_order.h"

#include <gtest/gtest.h>

#include "directory/testing/known_credentials.h"

namespace directory {
namespace {

struct InOrder : ::testing::Test {
    directory::testing::KnownCredentials* own = nullptr;
    directory::testing::KnownCredentials* other = nullptr;
    std::unique_ptr<CredentialsInOrder> all;

    InOrder() {
        std::vector<CredentialsInOrder::Source> sources;
        const auto add = [&](std::vector<std::string> domains, std::map<std::string, std::string> passwords) {
            auto credentials = std::make_unique<directory::testing::KnownCredentials>();
            credentials->passwords = std::move(passwords);
            auto* added = credentials.get();
            sources.push_back({std::move(domains), std::move(credentials)});
            return added;
        };
        own = add({}, {{"ann@a.test", "own"}, {"ann@b.test", "own"}});
        other = add({"b.test"}, {{"ann@a.test", "other"}, {"ann@b.test", "other"}, {"bob@b.test", "other"}});
        all = std::make_unique<CredentialsInOrder>("b.test", std::move(sources));
    }
    bool is_let_in(std::string_view user, std::string_view password) {
        const auto found = all->check(user, password, Purpose::Submission);
        return found && *found;
    }
};

TEST_F(InOrder, TheFirstThatKnowsAUserHasHim) {
    EXPECT_TRUE(is_let_in("ann@a.test", "own"));
    EXPECT_FALSE(is_let_in("ann@a.test", "other")) << "it has another domain";
    EXPECT_TRUE(is_let_in("ann@b.test", "own"));
    EXPECT_FALSE(is_let_in("ann@b.test", "other")) << "known before";
    EXPECT_TRUE(is_let_in("bob@b.test", "other"));
    own->disabled.insert("ann@b.test");
    EXPECT_EQ(all->identify("ann@b.test", Purpose::Submission), std::nullopt) << "disabled is not unknown";
    EXPECT_TRUE(all->secret("bob@b.test", Purpose::Submission).value());
    EXPECT_TRUE(all->scram_keys("bob@b.test", crypto::Digest::Sha256, Purpose::Submission).value());
}

// What an unknown user costs shows nobody whether he exists, and in how many sources.
TEST_F(InOrder, OnePasswordIsCheckedForOneTry) {
    for (const auto* user : {"ann@a.test", "ann@b.test", "bob@b.test", "nobody@a.test", "nobody@b.test"}) {
        own->checks = other->checks = 0;
        EXPECT_FALSE(is_let_in(user, "wrong"));
        EXPECT_EQ(own->checks + other->checks, 1) << user;
    }
}

TEST_F(InOrder, OneThatCannotSayIsNotPassedOver) {
    own->is_down = true;
    EXPECT_FALSE(all->check("bob@b.test", "other", Purpose::Submission).has_value());
    own->is_down = false;
    other->is_down = true;
    EXPECT_FALSE(all->check("bob@b.test", "other", Purpose::Submission).has_value());
    EXPECT_TRUE(is_let_in("ann@b.test", "own"));
    EXPECT_TRUE(is_let_in("ann@a.test", "own"));
}

}  // namespace
}  // namespace directory
