#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include <array>
#include <boost/asio/io_context.hpp>

#include "process/process.h"
#include "process/wire.h"

namespace {

using process::Order;
using process::Role;

std::pair<file::Descriptor, file::Descriptor> pair() {
    std::array<int, 2> ends{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()), 0);
    return {file::Descriptor(ends[0]), file::Descriptor(ends[1])};
}

void order(const file::Descriptor& to, const Order& what, const std::vector<int>& descriptors = {}) {
    EXPECT_EQ(process::send(to.get(), what, descriptors), 0);
}

}  // namespace

TEST(Inherit, TakesEverythingUpToStart) {
    auto [master, child] = pair();
    const auto config = process::memory_file(std::string(100'000, 'c'));
    const auto log = process::memory_file("log");
    const auto events = process::memory_file("events");
    order(master, {.kind = Order::Kind::Config}, {config.get()});
    order(master, {.kind = Order::Kind::Log, .outputs = Order::has_log | Order::has_events}, {log.get(), events.get()});
    order(master, {.kind = Order::Kind::Listener, .index = 4}, {log.get()});
    order(master, {.kind = Order::Kind::Peer, .role = Role::Qmgr, .index = 0}, {log.get()});
    order(master, {.kind = Order::Kind::Peer, .role = Role::Directory, .index = 0}, {log.get()});
    order(master, {.kind = Order::Kind::Directory, .purpose = process::Directory::Purpose::Root}, {events.get()});
    order(master, {.kind = Order::Kind::Start,
                   .role = Role::Smtpd,
                   .siblings = 2,
                   .privileged = true,
                   .index = 1,
                   .uid = 61'007,
                   .gid = 61'008});
    auto given = process::inherit(std::move(child));
    EXPECT_EQ(given.role, Role::Smtpd);
    EXPECT_EQ(given.index, 1);
    EXPECT_EQ(given.siblings, 2);
    EXPECT_TRUE(given.privileged);
    EXPECT_EQ(given.uid, 61'007u);
    EXPECT_EQ(given.gid, 61'008u);
    EXPECT_EQ(given.config, std::string(100'000, 'c'));
    EXPECT_EQ(process::content(given.events), "events");
    ASSERT_EQ(given.listeners.size(), 1u);
    EXPECT_EQ(given.listeners[0].index, 4u);
    EXPECT_EQ(given.take_peers(Role::Qmgr).size(), 1u);
    EXPECT_EQ(given.peers.size(), 1u);
    EXPECT_EQ(process::content(given.take_directory(process::Directory::Purpose::Root)), "events");
    EXPECT_FALSE(given.take_directory(process::Directory::Purpose::Spool));
    EXPECT_TRUE(given.control);
    std::array<char, 16> called{};
    ::prctl(PR_GET_NAME, called.data());
    EXPECT_STREQ(called.data(), "hermod-smtpd");
}

TEST(InheritDeathTest, NeedsAMaster) {
    auto [master, child] = pair();
    master.close();
    EXPECT_EXIT(process::inherit(std::move(child)), testing::ExitedWithCode(1), "hermod serve");
}

TEST(Control, HearsOrdersAndReports) {
    boost::asio::io_context context;
    auto [master, child] = pair();
    std::vector<std::string> heard;
    process::Control control(
        context, std::move(child),
        {.on_peer = [&](process::Peer peer) { heard.push_back("peer " + std::string(name(peer.role))); },
         .on_reload = [&](const std::string& config) { heard.push_back("reload " + config); },
         .on_listeners = [&](std::vector<process::Listener> set) { heard.push_back(std::to_string(set.size())); },
         .on_log =
             [&](file::Descriptor log, file::Descriptor events) {
                 heard.push_back(std::string("log ") + (log ? "y" : "n") + process::content(events));
             },
         .on_stop = [&](std::chrono::milliseconds time) { heard.push_back("stop " + std::to_string(time.count())); },
         .on_process = [&](const process::ProcessLine& line) { heard.push_back("pid " + std::to_string(line.pid)); },
         .on_answer =
             [&](std::uint64_t ticket, bool done, std::string text) {
                 heard.push_back(std::to_string(ticket) + (done ? " done " : " not done ") + text);
             },
         .on_closing = [&] { heard.push_back("closing"); }});
    const auto text = process::memory_file("text");
    order(master, {.kind = Order::Kind::Peer, .role = Role::Relay}, {text.get()});
    order(master, {.kind = Order::Kind::Config}, {text.get()});
    order(master, {.kind = Order::Kind::Listener, .index = 0}, {text.get()});
    order(master, {.kind = Order::Kind::Listener, .index = 1}, {text.get()});
    order(master, {.kind = Order::Kind::ListenersComplete});
    order(master, {.kind = Order::Kind::Log, .outputs = Order::has_events}, {text.get()});
    order(master, {.kind = Order::Kind::Process, .line = {.pid = 42}});
    order(master, {.kind = Order::Kind::Answer, .ticket = 9}, {text.get()});
    order(master, {.kind = Order::Kind::Closing});
    order(master, {.kind = Order::Kind::Stop, .milliseconds = 3800});
    context.run_for(std::chrono::milliseconds(20));
    EXPECT_EQ(heard, (std::vector<std::string>{"peer relay", "reload text", "2", "log ntext", "pid 42",
                                               "9 not done text", "closing", "stop 3800"}));

    control.ready(5);
    control.request_reload(7);
    process::Packet<process::Note> note;
    ASSERT_EQ(process::receive(master.get(), note, true), process::Got::Packet);
    EXPECT_EQ(note.value.missing_fences, 5u);
    ASSERT_EQ(process::receive(master.get(), note, true), process::Got::Packet);
    EXPECT_EQ(note.value.ticket, 7u);
    EXPECT_EQ(process::receive(master.get(), note, false), process::Got::Nothing);

    master.close();
    context.restart();
    context.run_for(std::chrono::milliseconds(20));
    EXPECT_EQ(heard.back(), "stop 3800") << "it knows already";
}

TEST(Control, WithoutMasterItStopsByItself) {
    boost::asio::io_context context;
    auto [master, child] = pair();
    std::vector<std::string> heard;
    process::Control control(
        context, std::move(child),
        {.on_stop = [&](std::chrono::milliseconds time) { heard.push_back(time.count() > 0 ? "stop" : "at once"); },
         .on_closing = [&] { heard.push_back("closing"); }});
    master.close();
    context.run_for(std::chrono::milliseconds(20));
    EXPECT_EQ(heard, (std::vector<std::string>{"closing", "stop"}));
}

TEST(Wire, APacketOfAnotherSizeIsTheEnd) {
    for (const std::size_t size : {1u, 15u, 17u, 4000u}) {
        auto [a, b] = pair();
        const std::string octets(size, 'x');
        ASSERT_EQ(process::send_packet(a.get(), octets, {}), 0);
        process::Packet<process::Note> note;
        EXPECT_EQ(process::receive(b.get(), note, false), process::Got::End);
    }
}

TEST(Wire, MemoryFilesCannotBeChanged) {
    const auto file = process::memory_file("fixed");
    EXPECT_LT(::pwrite(file.get(), "x", 1, 0), 0);
    EXPECT_EQ(process::content(file), "fixed");
}
