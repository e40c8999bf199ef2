#include "owner/place.h"

#include <gtest/gtest.h>

namespace owner {
namespace {

directory::Mailbox user(std::string home, std::string path = "Maildir") {
    return {.ticket = 1,
            .found = directory::Found::Yes,
            .user = "joe",
            .uid = 1000,
            .gid = 1000,
            .home = std::move(home),
            .path = std::move(path)};
}
directory::Mailbox virtual_user(std::string home, std::string path = "") {
    auto mailbox = user(std::move(home), std::move(path));
    mailbox.user.clear();
    return mailbox;
}

TEST(Place, IsBelowTheHomeOrTheMailDirectory) {
    const auto joe = place_of(user("/home/joe/", "mail/Maildir/"), "/var/mail/hermod");
    ASSERT_TRUE(joe);
    EXPECT_EQ(joe->owner, (Owner{1000, 1000, Base::Root, "home/joe"}));
    EXPECT_EQ(joe->home, "home/joe");
    EXPECT_EQ(joe->path, "mail/Maildir");

    const auto alice = place_of(virtual_user("/var/mail/hermod/example.org/alice"), "/var/mail/hermod");
    ASSERT_TRUE(alice);
    EXPECT_EQ(alice->owner, (Owner{1000, 1000, Base::MailDirectory, ""})) << "one worker serves all of them";
    EXPECT_EQ(alice->home, "example.org/alice");
    EXPECT_EQ(alice->path, "");
}

// Hostile: names from addresses and from files that people write.
TEST(Place, LeadsNowhereElse) {
    for (const char* home : {"home/joe", "", "/", "//etc", "/home/../etc", "/home/./joe", "/home//joe"})
        EXPECT_FALSE(place_of(user(home), "/var/mail/hermod")) << home;
    for (const char* home : {"/home/joe", "/var/mail/hermod/../x", "/var/mail/hermod", "/var/mail/hermod/",
                             "/var/mail/hermodes/x", "/var/mail/hermod/example.org/../../../../etc"})
        EXPECT_FALSE(place_of(virtual_user(home), "/var/mail/hermod")) << home;
    for (const char* path : {"..", "../x", "a/../b", "/etc/passwd", "a//b"})
        EXPECT_FALSE(place_of(user("/home/joe", path), "/var/mail/hermod")) << path;
    EXPECT_FALSE(place_of(user("/home/joe", std::string("a\0b", 3)), "/var/mail/hermod"));
    EXPECT_FALSE(place_of(user("/home/" + std::string(256, 'x')), "/var/mail/hermod"));
}

TEST(Place, OfInstructionsIsInTheHome) {
    const std::pair<std::string_view, std::string_view> cases[] = {
        {"./Mailbox", "Mailbox"},
        {".hidden", ".hidden"},
        {"././mail/x", "mail/x"},
        {"/home/joe/mail/x", "mail/x"},
        {"/home/joe/./x", "x"},
        {"/home/joe", "none"},
        {"/home/joe/", "none"},
        {"/home/joey/x", "none"},
        {"/home/joe/../ann/x", "none"},
        {"./../ann/x", "none"},
        {"..", "none"},
        {".", "none"},
        {"./", "none"},
        {"", "none"},
        {"/", "none"},
        {"/etc/passwd", "none"},
        {"./a//b", "none"},
    };
    for (const auto& [path, want] : cases) {
        EXPECT_EQ(path_in_home(path, "/home/joe").value_or("none"), want) << path;
        EXPECT_EQ(path_in_home(path, "/home/joe/").value_or("none"), want) << path;
    }
}

TEST(Place, IsNeverRoots) {
    for (auto [uid, gid] : {std::pair{0u, 1000u}, {1000u, 0u}, {0u, 0u}}) {
        auto mailbox = user("/home/joe");
        mailbox.uid = uid;
        mailbox.gid = gid;
        const auto place = place_of(mailbox, "/var/mail/hermod");
        ASSERT_FALSE(place);
        EXPECT_EQ(place.error().enhanced, "4.7.0");
    }
}

}  // namespace
}  // namespace owner
