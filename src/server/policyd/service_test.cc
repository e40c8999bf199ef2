// policyd and smtpd's side of it in one event loop: who is answered, and what is left when the other end goes.
#include "policyd/service.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/socket.h>

#include <filesystem>
#include <vector>

namespace policyd {
namespace {

struct Serving : testing::Test {
    using Asker = ipc::Link<smtpd::FromPolicyd, FromSmtpd>;

    Serving() : resolver(*dns::parse_table(R"({"name": "s.test", "type": "TXT", "data": "v=spf1 -all"})")) {
        config.hostname = "mx.l.test";
        config.spf.behavior = site::SpfBehavior::RejectFail;
        service.emplace(Service::Around{context, resolver, clock, senders, outbox, reporting, reflector}, config);
    }
    std::unique_ptr<Asker> asker(std::uint8_t index) {
        int ends[2];
        EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends), 0);
        service->connect({.role = process::Role::Smtpd, .index = index, .socket = file::Descriptor(ends[0])});
        return std::make_unique<Asker>(context, file::Descriptor(ends[1]),
                                       Asker::Handlers{.on_message =
                                                           [this](smtpd::FromPolicyd message) {
                                                               if (auto* opinion = std::get_if<Opinion>(&message))
                                                                   heard.push_back(*opinion);
                                                               if (auto* judgement = std::get_if<Judgement>(&message))
                                                                   judged.push_back(*judgement);
                                                           },
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
    logs::Log log{clock, {}, {}};
    SenderList senders{file::Descriptor(::open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC)), log};
    Config config;
    submitter::Queue queue{context};
    Outbox outbox{queue, clock};
    Reporting reporting{{context, resolver, clock, log, outbox}, "/nowhere", "mx.l.test", {}};
    Reflector reflector{{resolver, outbox, clock, log}};
    std::optional<Service> service;
    std::vector<Opinion> heard;
    std::vector<Judgement> judged;
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
    service->connect({.role = process::Role::Directory, .index = 0, .socket = file::Descriptor(ends[0])});
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

struct Folder {
    std::string path = [] {
        auto pattern = (std::filesystem::temp_directory_path() / "policyd-XXXXXX").string();
        return std::string(::mkdtemp(pattern.data()));
    }();
    ~Folder() { std::filesystem::remove_all(path); }
};

TEST_F(Serving, ReportsBeginWithTheReloadThatSwitchesThemOn) {
    const Folder folder;
    Reporting later({context, resolver, clock, log, outbox}, folder.path, "mx.l.test", {});
    later.begin();
    Service reporting_service({context, resolver, clock, senders, outbox, later, reflector}, config);
    EXPECT_EQ(later.collector(), nullptr);
    EXPECT_TRUE(std::filesystem::is_empty(folder.path));
    config.reports.send = true;
    reporting_service.replace(config);
    ASSERT_NE(later.collector(), nullptr);
    dmarc::Report report{.result = dmarc::Result::Pass, .policy = dmarc::Policy::None, .policy_domain = "s.test"};
    report.record = dmarc::parse_record("v=DMARC1; p=none; rua=mailto:a@s.test").value();
    later.collector()->note({.client = ip::v4(0xc0000201), .header_from = "s.test", .dkim = {}, .dmarc = report});
    later.finish();
    const auto database = reports::Database::open(reports::database_file(folder.path),
                                                  accounts::Connection::Missing::Fails, std::chrono::seconds(5), {});
    ASSERT_TRUE(database);
    EXPECT_EQ((*database)->collected().value().size(), 1u);
    config.reports.send = false;
    reporting_service.replace(config);
    EXPECT_EQ(later.collector(), nullptr);
}

// RFC 9989 §4.4.2: the domain proves something by what it publishes; a guess of ours is no word of its.
TEST_F(Serving, WhatWeGuessProvesNothing) {
    resolver = resolver::TableResolver(*dns::parse_table(R"(
{"name": "s.test", "type": "A", "data": "192.0.2.1"}
{"name": "_dmarc.s.test", "type": "TXT", "data": "v=DMARC1; p=reject"}
{"name": "strict.test", "type": "TXT", "data": "v=spf1 -all"}
{"name": "_dmarc.strict.test", "type": "TXT", "data": "v=DMARC1; p=reject"}
)"));
    config.spf.guess = "a";
    config.spf.local_rules = "ip4:192.0.2.1";
    config.dmarc.behavior = site::DmarcBehavior::Reject;
    service->replace(config);
    const auto only = asker(0);
    for (const std::string domain : {"s.test", "strict.test"}) {
        heard.clear(), judged.clear();
        auto sender = question(7);
        sender.reverse_path = "a@" + domain;
        only->send(sender);
        turn();
        ASSERT_EQ(heard.size(), 1u);
        EXPECT_EQ(heard[0].reply.code, 250) << "the grade of [spf] goes by it";
        EXPECT_TRUE(heard[0].trace.starts_with("Received-SPF: pass ")) << heard[0].trace;
        const std::string message = "From: a@" + domain + "\r\n\r\nhello\r\n";
        only->send(Examine{.ticket = 8,
                           .client = sender.client,
                           .reverse_path = sender.reverse_path,
                           .spf = heard[0].spf,
                           .octets = message,
                           .size = message.size()});
        turn();
        ASSERT_EQ(judged.size(), 1u);
        EXPECT_EQ(judged[0].reply.enhanced, "5.7.26") << domain << judged[0].results;
        EXPECT_TRUE(judged[0].results.starts_with(domain == "s.test" ? "spf=none " : "spf=fail ")) << judged[0].results;
        EXPECT_NE(judged[0].results.find("pass by rules or guesses of ours"), std::string::npos) << judged[0].results;
    }
}

// RFC 9989 §7.4, RFC 7372 §3.4
TEST_F(Serving, JudgesMessagesOfStrangers) {
    config.dmarc.behavior = site::DmarcBehavior::Reject;
    service->replace(config);
    const auto only = asker(0);
    const std::string message = "From: a@forged.test\r\n\r\nhello\r\n";
    Examine asked{.ticket = 5, .client = ip::v4(0xc0000201), .octets = message, .size = message.size()};
    only->send(asked);
    asked.ticket = 6;
    asked.octets = "X: y\r\n\r\n";
    asked.size = asked.octets.size();
    only->send(asked);
    asked.ticket = 7;
    asked.bringer = Bringer::Account;
    only->send(asked);
    asked.ticket = 8;
    asked.bringer = Bringer::Stranger;
    asked.size += 1;
    only->send(asked);
    turn();
    ASSERT_EQ(judged.size(), 4u);
    std::map<std::uint64_t, Judgement> by_ticket;
    for (const auto& one : judged) by_ticket[one.ticket] = one;
    EXPECT_EQ(by_ticket[5].reply.code, 250) << by_ticket[5].reply.text;
    EXPECT_TRUE(by_ticket[5].head.starts_with("Authentication-Results: mx.l.test; dkim=none; arc=none; dmarc=none "))
        << by_ticket[5].head;
    EXPECT_EQ(by_ticket[6].reply.enhanced, "5.6.0");
    EXPECT_EQ(by_ticket[7].reply.code, 250) << "our own";
    EXPECT_EQ(by_ticket[8].reply.code, 451) << "not what was announced";
}

}  // namespace
}  // namespace policyd
