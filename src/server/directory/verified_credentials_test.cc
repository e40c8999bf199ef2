#include "directory/verified_credentials.h"

#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <vector>

namespace directory {
namespace {

bool is_nobody(const Credentials::Looked<Identity>& found) { return found && !*found; }

class KnownMailboxes final : public Mailboxes {
public:
    Looked owner(const std::string& address) override {
        if (is_down) return std::unexpected(Unavailable{});
        const auto found = owners.find(address);
        return Owner{.account = found == owners.end() ? std::nullopt : std::optional(found->second),
                     .could_be_user = address.ends_with("@mx.test") || address.ends_with("@second.test")};
    }
    std::map<std::string, std::string> owners{{"joe@mx.test", "joe"},
                                              {"joe@second.test", "joe"},
                                              {"ann@virtual.test", "ann@virtual.test"},
                                              {"eve@old.test", "eve@old.test"}};
    bool is_down = false;
};

class KnownPasswords final : public Verifier {
public:
    Checked::Verdict check(authd::Check question) override {
        asked.push_back(question);
        if (is_down) return Checked::Verdict::Later;
        return question.password == "right" ? Checked::Verdict::Yes : Checked::Verdict::No;
    }
    std::vector<authd::Check> asked;
    bool is_down = false;
};

class Verified : public testing::Test {
protected:
    Verified() { use({.system_users = true}); }
    void use(site::Login login) { credentials.emplace(std::move(login), "mx.test", passwords, mailboxes); }
    KnownMailboxes mailboxes;
    KnownPasswords passwords;
    std::optional<VerifiedCredentials> credentials;
};

TEST_F(Verified, UsersOfTheSystemAreKnownByPam) {
    for (const auto* name : {"joe", "JOE", "joe@mx.test", "joe@second.test"}) {
        SCOPED_TRACE(name);
        const auto found = credentials->check(name, "right", Purpose::Pop3);
        ASSERT_TRUE(found && *found);
        EXPECT_EQ((*found)->account, "joe");
        EXPECT_EQ((*found)->address, std::string(name).contains("second") ? "joe@second.test" : "joe@mx.test");
        EXPECT_EQ(passwords.asked.back(),
                  (authd::Check{.by = authd::By::Pam, .user = "joe", .password = "right", .purpose = Purpose::Pop3}));
        EXPECT_TRUE(is_nobody(credentials->check(name, "wrong", Purpose::Pop3)));
    }
}

// Where nobody could be, nobody is asked about.
TEST_F(Verified, OthersAreNobody) {
    for (const auto* name : {"ann@virtual.test", "none@virtual.test", "joe@elsewhere.test", "@", "joe@\xff"}) {
        EXPECT_TRUE(is_nobody(credentials->check(name, "right", Purpose::Submission))) << name;
        EXPECT_TRUE(is_nobody(credentials->identify(name, Purpose::Submission))) << name;
        EXPECT_EQ(credentials->knows(name).value_or(true), false) << name;
    }
    EXPECT_TRUE(passwords.asked.empty());
    use({.system_users = false});
    EXPECT_TRUE(is_nobody(credentials->check("joe", "right", Purpose::Submission)));
    EXPECT_TRUE(is_nobody(credentials->check("none", "right", Purpose::Submission)));
    EXPECT_TRUE(passwords.asked.empty());
}

// Hostile: whoever guesses names hears the same of those that exist and of those that do not, after the same question,
// whatever comes of that. What he writes reaches no module and no program.
TEST_F(Verified, WhoDoesNotExistIsAskedAboutAsNobody) {
    use({.system_users = true, .programs = {{.command = {"/a"}, .user = "a", .domains = {"virtual.test"}}}});
    const std::pair<const char*, const char*> cases[] = {
        {"joe", "none"}, {"joe@second.test", "none@second.test"}, {"ann@virtual.test", "none@virtual.test"}};
    for (const auto& [somebody, unknown] : cases) {
        SCOPED_TRACE(unknown);
        for (const bool is_down : {false, true}) {
            passwords.is_down = is_down;
            const auto real = credentials->check(somebody, "wrong", Purpose::Pop3);
            const auto none = credentials->check(unknown, "wrong", Purpose::Pop3);
            EXPECT_EQ(real.has_value(), !is_down);
            EXPECT_EQ(none.has_value(), !is_down);
            EXPECT_FALSE(real && *real);
            EXPECT_FALSE(none && *none);
            auto about_real = passwords.asked[passwords.asked.size() - 2];
            const auto about_none = passwords.asked.back();
            EXPECT_FALSE(about_none.user.contains("none"));
            about_real.user = about_none.user;
            EXPECT_EQ(about_real, about_none);
        }
        passwords.is_down = false;
        EXPECT_TRUE(is_nobody(credentials->check(unknown, "right", Purpose::Submission)));
        EXPECT_TRUE(is_nobody(credentials->identify(unknown, Purpose::Submission)));
        EXPECT_EQ(credentials->knows(unknown).value_or(true), false);
    }
}

TEST_F(Verified, AProgramHasTheDomainsItIsFor) {
    use({.system_users = true,
         .programs = {{.command = {"/a"}, .user = "a", .domains = {"virtual.test"}},
                      {.command = {"/b"}, .user = "b", .domains = {"old.test", "virtual.test"}}}});
    const std::pair<const char*, authd::Check> cases[] = {
        {"ann@virtual.test",
         {.by = authd::By::Program,
          .program = site::id_of({.command = {"/a"}, .user = "a", .domains = {}}),
          .user = "ann@virtual.test",
          .password = "right"}},
        {"eve@old.test",
         {.by = authd::By::Program,
          .program = site::id_of({.command = {"/b"}, .user = "b", .domains = {}}),
          .user = "eve@old.test",
          .password = "right"}},
        {"joe", {.by = authd::By::Pam, .user = "joe", .password = "right"}},
    };
    for (const auto& [name, asked] : cases) {
        const auto found = credentials->check(name, "right", Purpose::Submission);
        EXPECT_TRUE(found && *found) << name;
        EXPECT_EQ(passwords.asked.back(), asked) << name;
    }
    use({.programs = {{.command = {"/a"}, .user = "a", .domains = {}}}});
    EXPECT_TRUE(*credentials->check("joe", "right", Purpose::Submission));
    EXPECT_EQ(passwords.asked.back(),
              (authd::Check{.by = authd::By::Program,
                            .program = site::id_of({.command = {"/a"}, .user = "a", .domains = {}}),
                            .user = "joe",
                            .password = "right"}));
}

TEST_F(Verified, WhatCannotBeSaidIsNotNo) {
    passwords.is_down = true;
    EXPECT_FALSE(credentials->check("joe", "right", Purpose::Submission));
    passwords.is_down = false;
    mailboxes.is_down = true;
    EXPECT_FALSE(credentials->check("joe", "right", Purpose::Submission));
    EXPECT_FALSE(credentials->identify("joe", Purpose::Submission));
    EXPECT_FALSE(credentials->knows("joe"));
}

// By the account's name, as later questions have it.
TEST_F(Verified, ALoginHoldsAsLongAsTheMailbox) {
    const auto before = credentials->identify("joe@second.test", Purpose::Submission);
    ASSERT_TRUE(before && *before);
    const auto after = credentials->identify((*before)->account, Purpose::Submission);
    ASSERT_TRUE(after && *after);
    EXPECT_EQ((*after)->stamp, (*before)->stamp);
    mailboxes.owners["joe@mx.test"] = "another";
    EXPECT_NE((*credentials->identify("joe", Purpose::Submission))->stamp, (*before)->stamp);
    mailboxes.owners.clear();
    EXPECT_TRUE(is_nobody(credentials->identify("joe", Purpose::Submission)));
}

}  // namespace
}  // namespace directory
