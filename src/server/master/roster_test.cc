#include "master/roster.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <array>

using process::Order;
using process::Role;
using namespace std::chrono_literals;

namespace {

master::Plan plan_with(std::uint8_t workers) {
    master::Plan plan;
    plan.workers = workers;
    return plan;
}

/// A process that is only the other end of its line.
file::Descriptor pretend_to_run(boost::asio::io_context& context, master::Child& child) {
    std::array<int, 2> ends{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()), 0);
    child.line = std::make_unique<master::Line>(
        context, file::Descriptor(ends[0]),
        master::Line::Handlers{.on_note = [](const auto&) {}, .on_end = [] {}, .on_nonsense = [] {}});
    return file::Descriptor(ends[1]);
}

std::vector<std::string> peers_told(const file::Descriptor& socket) {
    std::vector<std::string> told;
    process::Packet<Order> packet;
    while (process::receive(socket.get(), packet, false) == process::Got::Packet)
        told.push_back(std::string(name(packet.value.role)) + "/" + std::to_string(packet.value.index));
    return told;
}

}  // namespace

TEST(Roster, HasWhatThePlanAsksFor) {
    boost::asio::io_context context;
    master::Roster roster(context, plan_with(3));
    EXPECT_EQ(roster.all().size(), 7u + 3 + 3);
    EXPECT_EQ(roster.all().front()->role, Role::Keyd);
    EXPECT_EQ(roster.all().back()->role, Role::Smtpd);
    EXPECT_TRUE(roster.find(Role::Relay, 2));
    EXPECT_FALSE(roster.find(Role::Relay, 3));
    EXPECT_FALSE(roster.any_running());
    EXPECT_FALSE(roster.all_ready({Role::Qmgr}));
}

TEST(Roster, IntroducesNeighboursAndNobodyElse) {
    boost::asio::io_context context;
    master::Roster roster(context, plan_with(1));
    auto qmgr = pretend_to_run(context, *roster.find(Role::Qmgr, 0));
    auto directory = pretend_to_run(context, *roster.find(Role::Directory, 0));
    auto relay = pretend_to_run(context, *roster.find(Role::Relay, 0));
    auto smtpd = pretend_to_run(context, *roster.find(Role::Smtpd, 0));
    EXPECT_TRUE(roster.introduce(*roster.find(Role::Smtpd, 0)));
    EXPECT_EQ(peers_told(smtpd), (std::vector<std::string>{"directory/0", "qmgr/0"}));
    EXPECT_EQ(peers_told(qmgr), std::vector<std::string>{"smtpd/0"});
    EXPECT_EQ(peers_told(directory), std::vector<std::string>{"smtpd/0"});
    EXPECT_EQ(peers_told(relay), std::vector<std::string>{});
}

TEST(Roster, SaysWhenThereAreNoSocketsLeft) {
    boost::asio::io_context context;
    master::Roster roster(context, plan_with(1));
    auto qmgr = pretend_to_run(context, *roster.find(Role::Qmgr, 0));
    auto smtpd = pretend_to_run(context, *roster.find(Role::Smtpd, 0));
    rlimit before{};
    ::getrlimit(RLIMIT_NOFILE, &before);
    const rlimit few{static_cast<rlim_t>(smtpd.get()) + 1, before.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &few), 0);
    const bool introduced = roster.introduce(*roster.find(Role::Smtpd, 0));
    const int error = errno;
    ::setrlimit(RLIMIT_NOFILE, &before);
    EXPECT_FALSE(introduced);
    EXPECT_EQ(error, EMFILE);
    EXPECT_EQ(peers_told(smtpd), std::vector<std::string>{});
    EXPECT_TRUE(roster.introduce(*roster.find(Role::Smtpd, 0)));
    EXPECT_EQ(peers_told(smtpd), std::vector<std::string>{"qmgr/0"});
}

TEST(Child, IsStartedAtOnceThenEverSlower) {
    boost::asio::io_context context;
    master::Child child(context, Role::Qmgr, 0);
    auto now = master::Child::Clock::now();
    child.began = now - 1h;
    EXPECT_EQ(child.note_death(now), 0ms);
    std::vector<std::chrono::milliseconds> delays;
    for (int i = 0; i < 9; ++i) {
        child.began = now;
        delays.push_back(child.note_death(now += 1s));
    }
    EXPECT_EQ(delays, (std::vector<std::chrono::milliseconds>{100ms, 200ms, 400ms, 800ms, 1600ms, 3200ms, 5000ms,
                                                              5000ms, 5000ms}));
    EXPECT_TRUE(child.is_alarming(now));
    EXPECT_FALSE(child.is_alarming(now));  // said once
    child.began = now;
    EXPECT_EQ(child.note_death(now + 1h), 0ms);
    EXPECT_FALSE(child.is_alarming(now + 1h));
}

TEST(Line, WhatIsNotReadWaitsAndNothingIsLost) {
    boost::asio::io_context context;
    master::Roster roster(context, plan_with(1));
    auto& child = *roster.find(Role::Qmgr, 0);
    const auto socket = pretend_to_run(context, child);
    for (std::uint32_t i = 0; i < 3000; ++i) child.line->send({.kind = Order::Kind::Process, .index = i});
    std::uint32_t got = 0;
    process::Packet<Order> packet;
    while (got < 3000) {
        while (process::receive(socket.get(), packet, false) == process::Got::Packet)
            ASSERT_EQ(packet.value.index, got++);
        context.restart();
        if (context.run_for(10ms) == 0) break;
    }
    EXPECT_EQ(got, 3000u);
}

TEST(Line, NonsenseIsNotAnswered) {
    for (const std::size_t size : {1u, 16u, 500u}) {
        boost::asio::io_context context;
        std::array<int, 2> ends{};
        ASSERT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()), 0);
        const file::Descriptor process_end(ends[1]);
        int notes = 0, endings = 0;
        master::Line line(context, file::Descriptor(ends[0]),
                          {.on_note = [&](const auto&) { ++notes; },
                           .on_end = [&] { ++endings; },
                           .on_nonsense = [&] { ++endings; }});
        const std::string octets(size, '\xff');
        ASSERT_EQ(::send(process_end.get(), octets.data(), octets.size(), 0), static_cast<ssize_t>(size));
        context.run_for(20ms);
        EXPECT_EQ(notes, 0);
        EXPECT_EQ(endings, 1);
    }
}
