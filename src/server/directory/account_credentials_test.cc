#include "directory/account_credentials.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "accounts/reader.h"

namespace directory {
namespace {

using namespace std::chrono_literals;

class SetClock final : public clocks::Clock {
public:
    clocks::Wall wall() const override { return clocks::Wall(now); }
    clocks::Steady steady() const override { return {}; }
    std::chrono::milliseconds now = 1'000'000s;
};

constexpr passwords::Cost cheap{.memory = 64, .passes = 1};

struct AccountsThatLogIn : ::testing::Test {
    AccountsThatLogIn() {
        std::filesystem::create_directories(folder);
        auto opened = accounts::Database::open(path, accounts::Connection::Missing::IsCreated, 1s);
        EXPECT_TRUE(opened);
        database = std::move(*opened);
        change([&] {
            EXPECT_TRUE(database->add(accounts::Account{.address = "ann@l.test"}));
            EXPECT_TRUE(database->add(accounts::Account{.address = "box@l.test"}));
            set_password("pencil");
        });
        credentials.emplace(std::make_unique<accounts::Reader>(path, [](const std::string&) {}), "L.test",
                            passwords::make_hash("nobody's", cheap), clock);
    }
    ~AccountsThatLogIn() override { std::filesystem::remove_all(folder); }

    template <typename Change>
    void change(Change change) {
        ASSERT_TRUE(database->begin());
        change();
        ASSERT_TRUE(database->commit());
    }
    void set_password(std::string_view password) {
        EXPECT_TRUE(
            database->set_password("ann@l.test",
                                   {.hash = passwords::make_hash(password, cheap),
                                    .scram_sha_256 = sasl::derive_keys(crypto::Digest::Sha256, password, "salt", 4096),
                                    .secret = std::string(password)},
                                   1));
    }
    bool is_right(std::string_view user, std::string_view password, Purpose purpose = Purpose::Submission) {
        const auto found = credentials->check(user, password, purpose);
        EXPECT_TRUE(found);
        return found && *found;
    }
    std::uint64_t stamp() { return credentials->identify("ann@l.test", Purpose::Submission).value().value().stamp; }

    std::string folder = ::testing::TempDir() + "account_credentials_test_" + std::to_string(::getpid());
    std::string path = folder + "/directory.db";
    SetClock clock;
    std::unique_ptr<accounts::Database> database;
    std::optional<AccountCredentials> credentials;
};

TEST_F(AccountsThatLogIn, AreCalledByTheirAddress) {
    EXPECT_TRUE(is_right("ann@l.test", "pencil"));
    EXPECT_TRUE(is_right("Ann@L.TEST", "pencil"));
    EXPECT_TRUE(is_right("ann", "pencil"));
    EXPECT_FALSE(is_right("ann@l.test", "Pencil"));
    EXPECT_FALSE(is_right("ann@other.test", "pencil"));
    EXPECT_FALSE(is_right("box@l.test", "")) << "it has no password";
    EXPECT_FALSE(is_right("box@l.test", "pencil"));
    EXPECT_FALSE(is_right("", "pencil"));
    EXPECT_FALSE(is_right("ann@", "pencil"));
    EXPECT_FALSE(is_right("ann@l..test", "pencil"));
    EXPECT_FALSE(is_right("' OR 1=1--", "pencil"));
    const auto found = credentials->check("Ann", "pencil", Purpose::Submission).value().value();
    EXPECT_EQ(found.account, "ann@l.test");
    EXPECT_EQ(found.address, "ann@l.test");
    EXPECT_EQ(found.stamp, stamp());
}

TEST_F(AccountsThatLogIn, HaveKeysAndSecrets) {
    EXPECT_EQ(credentials->scram_keys("ANN@l.test", crypto::Digest::Sha256, Purpose::Submission).value(),
              sasl::derive_keys(crypto::Digest::Sha256, "pencil", "salt", 4096));
    EXPECT_FALSE(credentials->scram_keys("ann@l.test", crypto::Digest::Sha1, Purpose::Submission).value());
    EXPECT_FALSE(credentials->scram_keys("no@l.test", crypto::Digest::Sha256, Purpose::Submission).value());
    EXPECT_EQ(credentials->secret("ann@l.test", Purpose::Pop3).value(), "pencil");
    EXPECT_FALSE(credentials->secret("box@l.test", Purpose::Pop3).value());
}

TEST_F(AccountsThatLogIn, MayHavePasswordsForSinglePrograms) {
    const auto before = stamp();
    change([&] {
        EXPECT_TRUE(database->add_app_password("ann@l.test", {.name = "phone",
                                                              .hash = passwords::make_hash("of-the-phone", cheap),
                                                              .uses = static_cast<std::uint32_t>(accounts::Use::Smtp),
                                                              .expires = 2'000'000}));
    });
    EXPECT_TRUE(is_right("ann@l.test", "of-the-phone"));
    EXPECT_TRUE(is_right("ann@l.test", "pencil"));
    EXPECT_FALSE(is_right("ann@l.test", "of-the-phone", Purpose::Pop3));
    const auto between = stamp();
    EXPECT_NE(between, before);
    const auto used = database->credentials("ann@l.test").value()->app_passwords.at(0).last_used;
    EXPECT_EQ(used, 1'000'000);
    clock.now = 2'000'001s;
    EXPECT_FALSE(is_right("ann@l.test", "of-the-phone")) << "it has expired";
    EXPECT_EQ(stamp(), before);
}

TEST_F(AccountsThatLogIn, EndWithTheirPassword) {
    const auto before = stamp();
    change([&] { set_password("crayon"); });
    EXPECT_NE(stamp(), before);
    EXPECT_FALSE(is_right("ann@l.test", "pencil"));
    change([&] { EXPECT_TRUE(database->set_disabled("ann@l.test", true)); });
    EXPECT_FALSE(is_right("ann@l.test", "crayon"));
    EXPECT_FALSE(credentials->identify("ann@l.test", Purpose::Submission).value());
    EXPECT_FALSE(credentials->scram_keys("ann@l.test", crypto::Digest::Sha256, Purpose::Submission).value());
    EXPECT_FALSE(credentials->secret("ann@l.test", Purpose::Pop3).value());
}

std::string cost_of(std::string_view hash) { return std::string(hash.substr(0, hash.find(",p="))); }

// Whoever guesses learns nothing from the time: of what takes long the same is reckoned for everybody, once.
TEST_F(AccountsThatLogIn, AWrongPasswordCostsWhatNobodyCosts) {
    constexpr passwords::Cost usual{.memory = 128, .passes = 2};
    const auto as_new = [&](std::string_view password) {
        return accounts::Credentials{.hash = passwords::make_hash(password, usual)};
    };
    change([&] {
        for (const auto* name : {"dis@l.test", "phone@l.test"}) EXPECT_TRUE(database->add({.address = name}));
        for (const auto* name : {"ann@l.test", "dis@l.test", "phone@l.test"})
            EXPECT_TRUE(database->set_password(name, as_new("pencil"), 1));
        EXPECT_TRUE(database->set_disabled("dis@l.test", true));
        for (const auto* name : {"one", "two"})
            EXPECT_TRUE(
                database->add_app_password("phone@l.test", {.name = name,
                                                            .hash = passwords::make_hash("of-the-phone", cheap),
                                                            .uses = static_cast<std::uint32_t>(accounts::Use::Smtp)}));
    });
    std::vector<std::string> reckoned;
    credentials.emplace(std::make_unique<accounts::Reader>(path, [](const std::string&) {}), "l.test",
                        passwords::make_hash("nobody's", usual), clock, [&](auto hash, auto password) {
                            reckoned.push_back(cost_of(hash));
                            return passwords::verify(hash, password);
                        });
    const std::string long_one(100'000, 'x');
    const struct {
        std::string_view what, user, password;
        std::size_t cheap_ones;
    } cases[] = {
        {"right", "ann", "pencil", 0},
        {"wrong", "ann", "wrong", 0},
        {"empty", "ann", "", 0},
        {"nobody", "nobody", "wrong", 0},
        {"nobody, of the empty password", "nobody", "", 0},
        {"nobody, of another domain", "ann@other.test", "wrong", 0},
        {"no address", "a@b@c@", "wrong", 0},
        {"nothing", "", "wrong", 0},
        {"disabled", "dis", "pencil", 0},
        {"without a password", "box", "wrong", 0},
        {"with passwords for programs", "phone", "wrong", 2},
        {"cut short", "an", "wrong", 0},
        {"a name with NUL in it", std::string_view("ann\0@l.test", 11), "wrong", 0},
        {"a name that is no UTF-8", "\xff\xfe@l.test", "wrong", 0},
        {"a name of 100 KB", long_one, "wrong", 0},
        {"a password of 100 KB", "ann", long_one, 0},
        {"nobody's password of 100 KB", "nobody", long_one, 0},
    };
    for (const auto& [what, user, password, cheap_ones] : cases) {
        SCOPED_TRACE(what);
        reckoned.clear();
        EXPECT_EQ(is_right(user, password), what == "right");
        std::vector<std::string> wanted{cost_of(passwords::make_hash("", usual))};
        wanted.insert(wanted.end(), cheap_ones, cost_of(passwords::make_hash("", cheap)));
        EXPECT_EQ(reckoned, wanted);
    }
}

/// As LDAP does it: what a password is checked by does not show.
class KeeperThatChecks final : public accounts::Keeper {
public:
    accounts::Found<accounts::Credentials> credentials(std::string_view account) override {
        if (account != "ann@l.test") return std::nullopt;
        return accounts::Credentials{.is_disabled = is_disabled, .version = version};
    }
    std::optional<std::expected<bool, accounts::Error>> check(std::string_view, std::string_view password) override {
        ++checks;
        if (is_down) return std::unexpected(accounts::Error{accounts::Error::Code::Busy, "down"});
        return password == "pencil";
    }
    std::string version = "1";
    bool is_disabled = false;
    bool is_down = false;
    int checks = 0;
};

TEST_F(AccountsThatLogIn, MayBeCheckedElsewhere) {
    auto keeper = std::make_unique<KeeperThatChecks>();
    auto& elsewhere = *keeper;
    credentials.emplace(std::move(keeper), "L.test", passwords::make_hash("nobody's", cheap), clock);
    EXPECT_TRUE(is_right("ann", "pencil"));
    EXPECT_FALSE(is_right("ann", "pen"));
    EXPECT_FALSE(is_right("bob", "pencil"));
    EXPECT_EQ(elsewhere.checks, 2);
    const auto before = stamp();
    elsewhere.version = "2";
    EXPECT_NE(stamp(), before);
    elsewhere.is_down = true;
    EXPECT_FALSE(credentials->check("ann@l.test", "pencil", Purpose::Submission)) << "ask later";
    elsewhere.is_down = false;
    elsewhere.is_disabled = true;
    EXPECT_FALSE(is_right("ann", "pencil"));
    EXPECT_TRUE(credentials->knows("ann").value());
    EXPECT_FALSE(credentials->knows("bob").value());
}

TEST_F(AccountsThatLogIn, AreUnknownForNowWhenTheDatabaseIsDamaged) {
    AccountCredentials broken(std::make_unique<accounts::Reader>(folder, [](const std::string&) {}), "l.test", "",
                              clock);  // a folder in place of the file
    EXPECT_FALSE(broken.check("ann@l.test", "pencil", Purpose::Submission));
    EXPECT_FALSE(broken.identify("ann@l.test", Purpose::Submission));
    AccountCredentials none(std::make_unique<accounts::Reader>(folder + "/none", [](const std::string&) {}), "l.test",
                            passwords::make_hash("nobody's", cheap), clock);
    EXPECT_FALSE(none.check("ann@l.test", "pencil", Purpose::Submission).value());
}

}  // namespace
}  // namespace directory
