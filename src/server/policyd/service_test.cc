// policyd and smtpd's side of it in one event loop: who is answered, and what is left when the other end goes.
#include "policyd/service.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <vector>

namespace policyd {
namespace {

struct Serving : testing::Test {
    using Asker = ipc::Link<smtpd::FromPolicyd, FromSmtpd>;

    Serving() : resolver(*dns::parse_table(R"({"name": "s.test", "type": "TXT", "data": "v=spf1 -all"})")) {
        config.hostname = "mx.l.test";
        config.spf.behavior = site::SpfBehavior::RejectFail;
        service.emplace(context, resolver, clock, config);
    }
    std::unique_ptr<Asker> asker(std::uint8_t index) {
        int ends[2];
        EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends), 0);
        service->connect({.role = process::Role::Smtpd, .index = index, .socket = file::Descriptor(ends[0])});
        return std::make_unique<Asker>(
            context, file::Descriptor(ends[1]),
            Asker::Handlers{.on_message = [this](auto message) { heard.push_back(std::get<Opinion>(message)); },
                            .on_gone = [this](const std::string&) { ++gone; }});
    }
    void turn() {
        for (int i = 0; i < 50; ++i) context.poll(), context.restart();
    }
    static CheckSender question(std::uint64_t ticket) {
        return {.ticket = ticket, .client = ip::v4(0xc0000201), .helo = "h", .reverse_path = "a@s.test"};
    }

    boost::asio::io_context context;
    clocks::SystemClock clock;
    resolver::TableResolver resolver;
    Config config;
    std::optional<Service> service;
    std::vector<Opinion> heard;
    int gone = 0;
};

TEST_F(Serving, AnswersEachQuestionOnce) {
    const auto first = asker(0);
    const auto second = asker(1);
    first->send(question(7));
    second->send(question(9));
    turn();
    ASSERT_EQ(heard.size(), 2u);
    EXPECT_EQ(heard[0].ticket + heard[1].ticket, 16u);
    EXPECT_EQ(heard[0].reply.code, 550);
    EXPECT_TRUE(heard[0].trace.starts_with("Received-SPF: fail ")) << heard[0].trace;
}

TEST_F(Serving, GoesOnWhenAnAskerDies) {
    auto first = asker(0);
    first->send(question(7));
    first.reset();
    turn();
    const auto successor = asker(0);
    successor->send(question(8));
    turn();
    ASSERT_EQ(heard.size(), 1u);
    EXPECT_EQ(heard[0].ticket, 8u);
}

TEST_F(Serving, GoesByTheSettingsOfTheMoment) {
    const auto only = asker(0);
    config.spf.behavior = site::SpfBehavior::Record;
    service->replace(config);
    only->send(question(7));
    turn();
    ASSERT_EQ(heard.size(), 1u);
    EXPECT_EQ(heard[0].reply.code, 250);
}

TEST_F(Serving, TellsDirectoryWhichSendersMayStay) {
    config.srs.addresses = {ip::v4(0xc0000201)};
    service->replace(config);
    int ends[2];
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends), 0);
    service->connect_directory(file::Descriptor(ends[0]));
    std::vector<directory::Passage> told;
    ipc::Link<directory::FromPolicyd, FromDirectory> side(
        context, file::Descriptor(ends[1]),
        {.on_message = [&](auto message) { told.push_back(std::get<directory::Passage>(message)); },
         .on_gone = [](const std::string&) {}});
    side.send(CheckPassage{.ticket = 1, .reverse_path = "a@s.test"});
    turn();
    side.send(CheckPassage{.ticket = 2, .reverse_path = "a@s.test"});  // known by now
    side.send(CheckPassage{.ticket = 3, .reverse_path = "a@nobody.test"});
    turn();
    EXPECT_EQ(told, (std::vector<directory::Passage>{{1, false}, {2, false}, {3, true}}));
}

}  // namespace
}  // namespace policyd
