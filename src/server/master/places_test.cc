#include "master/places.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "master/log_files.h"

namespace {

struct Places : testing::Test {
    Places() {
        char place[] = "/tmp/hermod-places-XXXXXX";
        folder = ::mkdtemp(place);
        plan.data_directory = folder + "/data";
        plan.queue_directory = folder + "/data/queue";
        plan.drop_directory = folder + "/data/drop";
        plan.directory_folder = folder + "/data/directory";
        plan.lists_folder = folder + "/data/lists";
        plan.policy_folder = folder + "/data/policy";
        plan.mail_directory = folder + "/mail";
        plan.control_socket = folder + "/run/deep/control";
        plan.identities.assign(process::role_names.size(), {61'000, 61'001});
        plan.mail = {61'002, 61'002};
        plan.lists = {61'003, 61'003};
    }
    ~Places() override { std::filesystem::remove_all(folder); }
    struct stat status(const std::string& path) const {
        struct stat found{};
        EXPECT_EQ(::stat(path.c_str(), &found), 0) << path;
        return found;
    }
    std::string folder;
    master::Plan plan;
    const bool privileged = ::geteuid() == 0;
};

}  // namespace

TEST_F(Places, AreMadeWithTheirOwners) {
    ASSERT_TRUE(master::make_places(plan, privileged));
    EXPECT_EQ(status(plan.queue_directory).st_mode & 07777, 0700u);
    EXPECT_EQ(status(plan.directory_folder).st_mode & 07777, 0700u);
    EXPECT_EQ(status(plan.lists_folder).st_mode & 07777, 0711u);
    EXPECT_EQ(status(plan.drop_directory).st_mode & 07777, 01733u);
    EXPECT_EQ(status(folder + "/data/empty").st_mode & 07777, 0555u);
    EXPECT_TRUE(S_ISDIR(status(folder + "/run/deep").st_mode));
    ASSERT_TRUE(master::make_places(plan, privileged));  // a second start
    if (!privileged) GTEST_SKIP() << "owners need root";
    EXPECT_EQ(status(plan.queue_directory).st_uid, 61'000u);
    EXPECT_EQ(status(plan.queue_directory).st_gid, 61'001u);
    EXPECT_EQ(status(plan.mail_directory).st_uid, 61'002u);
    EXPECT_EQ(status(plan.lists_folder).st_uid, 61'003u);
    EXPECT_EQ(status(plan.data_directory).st_uid, 0u);
}

TEST_F(Places, WhatCannotBeMadeIsNamedWithItsSetting) {
    std::ofstream(folder + "/file") << "in the way";
    struct Case {
        std::string master::Plan::* directory;
        std::string path;
        std::string want;
    };
    const Case cases[] = {
        {&master::Plan::data_directory, "/file/data",
         "data_directory: cannot make the directory {}/file/data: Not a d"},
        {&master::Plan::mail_directory, "/file", "mail_directory: cannot use the directory {}/file: Not a directory"},
        {&master::Plan::control_socket, "/file/control/socket",
         "control_socket: cannot make the directory {}/file/control: Not a directory"},
    };
    for (const auto& [directory, path, want] : cases) {
        auto changed = plan;
        changed.*directory = folder + path;
        const auto made = master::make_places(changed, privileged);
        ASSERT_FALSE(made) << path;
        EXPECT_TRUE(made.error().starts_with(fmt::format(fmt::runtime(want), folder))) << made.error();
    }
}

// Hostile: a link where a directory of ours belongs would have us give away what it points to.
TEST_F(Places, LinksAreNotFollowed) {
    std::filesystem::create_directories(folder + "/precious");
    std::filesystem::create_directories(plan.data_directory);
    std::filesystem::create_directory_symlink(folder + "/precious", plan.queue_directory);
    EXPECT_FALSE(master::make_places(plan, privileged));
    EXPECT_NE(status(folder + "/precious").st_mode & 07777, 0700u);
}

TEST_F(Places, OnlyOneServerForTheSameData) {
    ASSERT_TRUE(master::make_places(plan, privileged));
    auto first = master::lock(plan);
    ASSERT_TRUE(first);
    const auto second = master::lock(plan);
    ASSERT_FALSE(second);
    EXPECT_NE(second.error().find(plan.data_directory), std::string::npos);
    EXPECT_NE(second.error().find(std::to_string(::getpid())), std::string::npos);
    first->close();
    EXPECT_TRUE(master::lock(plan));
}

TEST_F(Places, LogsAreRotatedWhenTheyHaveGrown) {
    plan.log = {.path = folder + "/log", .rotate_at = 10, .rotations = 2};
    for (const std::string& text : {"first first first", "second second second", "third third third", "4"}) {
        const auto logs = master::open_logs(plan);
        ASSERT_EQ(::write(logs.log.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
        EXPECT_FALSE(logs.events);
    }
    const auto content = [&](const char* suffix) {
        std::ifstream file(folder + "/log" + suffix);
        return std::string(std::istreambuf_iterator<char>(file), {});
    };
    EXPECT_EQ(content(""), "4");
    EXPECT_EQ(content(".1"), "third third third");
    EXPECT_EQ(content(".2"), "second second second");
    EXPECT_FALSE(std::filesystem::exists(folder + "/log.3"));
}
