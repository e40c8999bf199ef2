#include "master/listeners.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

namespace {

bool connects(const ip::Endpoint& to) {
    const file::Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(to.port);
    return ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

ip::Endpoint free_port() {
    const file::Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    EXPECT_EQ(::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), length), 0);
    EXPECT_EQ(::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &length), 0);
    return {ip::v4(INADDR_LOOPBACK), ntohs(address.sin_port)};
}

}  // namespace

TEST(Listeners, EveryProcessHasOneForEachAddress) {
    master::Listeners listeners;
    const auto a = free_port(), b = free_port();
    ASSERT_TRUE(listeners.use({{0, a}, {1, b}}, 3));
    EXPECT_EQ(listeners.for_process(process::Role::Smtpd, 0).size(), 2u);
    EXPECT_EQ(listeners.for_process(process::Role::Smtpd, 2).size(), 2u);
    EXPECT_EQ(listeners.for_process(process::Role::Smtpd, 3).size(), 0u);
    EXPECT_TRUE(connects(a));
    EXPECT_TRUE(connects(b));
}

TEST(Listeners, WhatStaysIsNotBoundAnew) {
    master::Listeners listeners;
    const auto kept = free_port(), dropped = free_port(), added = free_port();
    ASSERT_TRUE(listeners.use({{0, kept}, {1, dropped}}, 1));
    ASSERT_TRUE(connects(kept));  // waits in the queue, and must not be lost
    const auto before = listeners.for_process(process::Role::Smtpd, 0);
    ASSERT_TRUE(listeners.use({{0, added}, {1, kept}}, 1));
    EXPECT_TRUE(connects(added));
    const auto after = listeners.for_process(process::Role::Smtpd, 0);
    struct stat old_socket, new_socket;
    ::fstat(before[0].socket.get(), &old_socket);
    ::fstat(after[1].socket.get(), &new_socket);
    EXPECT_EQ(old_socket.st_ino, new_socket.st_ino);
    EXPECT_EQ(after[1].index, 1u);
}

TEST(Listeners, AForeignServersPortIsRefusedAndNothingChanges) {
    master::Listeners ours, theirs;
    const auto a = free_port(), taken = free_port();
    ASSERT_TRUE(theirs.use({{0, taken}}, 2));
    ASSERT_TRUE(ours.use({{0, a}}, 1));
    const auto result = ours.use({{0, a}, {1, taken}}, 1);
    ASSERT_FALSE(result);
    EXPECT_NE(result.error().find(ip::to_text(taken)), std::string::npos);
    EXPECT_EQ(ours.for_process(process::Role::Smtpd, 0).size(), 1u);
}

// One that a service manager has passed on is its own, and stays; but nobody is to wait at a door that nobody opens.
TEST(Listeners, APassedSocketThatNobodyWantsListensNot) {
    const auto address = free_port(), other = free_port();
    master::Listeners manager;
    ASSERT_TRUE(manager.use({{0, address}}, 1));
    const auto socket = [&] { return std::move(manager.for_process(process::Role::Smtpd, 0).front().socket); };
    std::vector<master::PassedSocket> passed;
    passed.push_back({address, socket()});
    {
        master::Listeners listeners(std::move(passed));
        ASSERT_TRUE(listeners.use({{0, address}}, 1));
        EXPECT_TRUE(connects(address));
        ASSERT_TRUE(listeners.use({{0, other}}, 1));
        EXPECT_FALSE(connects(address));
        EXPECT_TRUE(connects(other));
        ASSERT_TRUE(listeners.use({{0, address}}, 1));
        EXPECT_TRUE(connects(address));
        ASSERT_TRUE(listeners.use({}, 1));
        EXPECT_FALSE(connects(address));
    }
    EXPECT_TRUE(connects(address)) << "it is the service manager's again";
}

TEST(ListenLocally, ReplacesALeftoverButNoFile) {
    const std::string path = "/tmp/hermod-control-" + std::to_string(::getpid());
    {
        ASSERT_TRUE(master::listen_locally(path));
    }
    {
        const auto again = master::listen_locally(path);
        ASSERT_TRUE(again);
        struct stat status;
        ASSERT_EQ(::stat(path.c_str(), &status), 0);
        EXPECT_EQ(status.st_mode & 0777, 0600u);
        EXPECT_FALSE(master::listen_locally(path));  // of a server that lives
    }
    ::unlink(path.c_str());
    const file::Descriptor file(::open(path.c_str(), O_CREAT | O_CLOEXEC | O_RDWR, 0600));
    EXPECT_FALSE(master::listen_locally(path));
    ::unlink(path.c_str());
}
