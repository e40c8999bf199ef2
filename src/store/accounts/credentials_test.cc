#include "accounts/credentials.h"

#include <gtest/gtest.h>

#include "accounts/testing/folder.h"

namespace accounts {
namespace {

sasl::ScramKeys keys(crypto::Digest digest) { return sasl::derive_keys(digest, "pencil", "salt", 4096); }

TEST(Credentials, AreKeptWithTheirAccount) {
    const testing::Folder folder;
    const auto database = folder.open();
    EXPECT_EQ(*database->credentials("ann@v.example"), std::nullopt);
    EXPECT_FALSE(*database->set_password("ann@v.example", {.hash = "$y$…"}, 5));
    ASSERT_TRUE(database->add(Account{.address = "ann@v.example"}));
    EXPECT_EQ(**database->credentials("ann@v.example"), Credentials());
    const Credentials whole{.hash = "$y$…",
                            .scram_sha_256 = keys(crypto::Digest::Sha256),
                            .scram_sha_1 = keys(crypto::Digest::Sha1),
                            .secret = "pencil",
                            .app_passwords = {}};
    EXPECT_TRUE(*database->set_password("ann@v.example", whole, 5));
    EXPECT_EQ(**database->credentials("ann@v.example"), whole);
    const Credentials other{.hash = "{SSHA}…"};
    EXPECT_TRUE(*database->set_password("ann@v.example", other, 6));
    EXPECT_EQ(**database->credentials("ann@v.example"), other);
    ASSERT_TRUE(*database->set_disabled("ann@v.example", true));
    EXPECT_TRUE((*database->credentials("ann@v.example"))->is_disabled);
    ASSERT_TRUE(*database->remove_account("ann@v.example"));
    EXPECT_EQ(*database->connection().number("SELECT count(*) FROM password"), 0);
}

TEST(Credentials, AppPasswordsHaveUsesAndAnEnd) {
    const testing::Folder folder;
    const auto database = folder.open();
    ASSERT_TRUE(database->add(Account{.address = "ann@v.example"}));
    AppPassword phone{
        .name = "phone", .hash = "h1", .uses = static_cast<std::uint32_t>(Use::Pop3), .created = 10, .expires = 100};
    AppPassword laptop{.name = "laptop", .hash = "h2", .created = 11};
    EXPECT_FALSE(*database->add_app_password("bob@v.example", phone));
    ASSERT_TRUE(*database->add_app_password("ann@v.example", phone));
    ASSERT_TRUE(*database->add_app_password("ann@v.example", laptop));
    EXPECT_EQ(database->add_app_password("ann@v.example", phone).error().code, Error::Code::Exists);
    auto found = (*database->credentials("ann@v.example"))->app_passwords;
    ASSERT_EQ(found.size(), 2u);
    EXPECT_EQ(found[0].name, "laptop");
    EXPECT_TRUE(found[0].may(Use::Smtp, 1'000'000));
    EXPECT_FALSE(found[1].may(Use::Smtp, 50));
    EXPECT_TRUE(found[1].may(Use::Pop3, 99));
    EXPECT_FALSE(found[1].may(Use::Pop3, 100));
    ASSERT_TRUE(database->note_use(found[1].id, 77));
    EXPECT_EQ((*database->credentials("ann@v.example"))->app_passwords[1].last_used, 77);
    EXPECT_TRUE(*database->remove_app_password("ann@v.example", "phone"));
    EXPECT_FALSE(*database->remove_app_password("ann@v.example", "phone"));
    EXPECT_EQ((*database->credentials("ann@v.example"))->app_passwords.size(), 1u);
}

}  // namespace
}  // namespace accounts
