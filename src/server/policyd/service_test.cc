// policyd and smtpd's side of it in one event loop: who is answered, and what is left when the other end goes.
#include "policyd/service.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/socket.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <filesystem>
#include <fstream>
#include <vector>

namespace policyd {
namespace {

struct Serving : testing::Test {
    using Asker = ipc::Link<smtpd::FromPolicyd, FromSmtpd>;

    Serving() : resolver(*dns::parse_table(R"({"name": "s.test", "type": "TXT", "data": "v=spf1 -all"})")) {
        config.hostname = "mx.l.test";
        config.spf.behavior = site::SpfBehavior::RejectFail;
        service.emplace(Service::Around{context, resolver, clock, lists, senders, outbox, reporting, reflector},
                        config);
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
    ListHealth lists{resolver, clock, [](const dns::Name&, std::string_view) {}};
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
    Service reporting_service({context, resolver, clock, lists, senders, outbox, later, reflector}, config);
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

/// directory, as far as letters ask for it.
struct Directory {
    using Side = ipc::Link<directory::FromPolicyd, FromDirectory>;
    Directory(boost::asio::io_context& context, Service& service) {
        int ends[2];
        EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends), 0);
        service.connect({.role = process::Role::Directory, .index = 0, .socket = file::Descriptor(ends[0])});
        side.emplace(context, file::Descriptor(ends[1]),
                     Side::Handlers{.on_message =
                                        [this](directory::FromPolicyd message) {
                                            if (auto* asked = std::get_if<directory::LookUp>(&message))
                                                addresses.push_back(asked->address);
                                        },
                                    .on_gone = [](const std::string&) {}});
    }
    std::optional<Side> side;
    std::vector<std::string> addresses;
};

// Before that it is not known what became of it, and a client that comes again would be answered again.
TEST_F(Serving, ReflectsWhatIsTakenOrRefusedForGood) {
    resolver = resolver::TableResolver(*dns::parse_table(R"(
{"name": "_dmarc.s.test", "type": "TXT", "data": "v=DMARC1; p=reject"}
{"name": "_dmarc.away.test", "type": "*", "rcode": "TIMEOUT"}
)"));
    config.dmarc.behavior = site::DmarcBehavior::Reject;
    config.reflector.address = {"check@l.test"};
    service->replace(config);
    const auto only = asker(0);
    Directory directory(context, *service);
    const auto examine = [&](std::uint64_t ticket, const std::string& author) {
        const std::string message = "From: " + author + "\r\n\r\nhello\r\n";
        only->send(Examine{.ticket = ticket,
                           .client = ip::v4(0xc0000201),
                           .reverse_path = std::to_string(ticket) + "@s.test",
                           .recipients = {"Check@l.test"},
                           .octets = message,
                           .size = message.size()});
        judged.clear();
        turn();
        ASSERT_EQ(judged.size(), 1u);
    };
    examine(1, "a@free.test");
    EXPECT_TRUE(judged[0].reply.is_positive() && judged[0].is_awaited);
    only->send(Settled{.ticket = 1, .is_taken = false});
    only->send(Settled{.ticket = 1, .is_taken = true});
    turn();
    EXPECT_TRUE(directory.addresses.empty()) << "the queue had no room for it";
    examine(2, "a@free.test");
    turn();
    EXPECT_TRUE(directory.addresses.empty()) << "nobody has said what became of it";
    only->send(Settled{.ticket = 2, .is_taken = true});
    only->send(Settled{.ticket = 2, .is_taken = true});
    turn();
    EXPECT_EQ(directory.addresses, (std::vector<std::string>{"2@s.test"}));
    examine(3, "a@away.test");
    EXPECT_TRUE(judged[0].reply.is_temporary() && !judged[0].is_awaited);
    only->send(Settled{.ticket = 3, .is_taken = true});
    turn();
    EXPECT_EQ(directory.addresses.size(), 1u) << "it comes again";
    examine(4, "a@s.test");
    EXPECT_FALSE(judged[0].reply.is_positive() || judged[0].is_awaited);
    turn();
    EXPECT_EQ(directory.addresses, (std::vector<std::string>{"2@s.test", "4@s.test"}));
}

// Hostile: whoever gets the list damaged would have those in who are on it.
TEST_F(Serving, AnUnreadableListOfSendersIsNoEmptyOne) {
    const Folder folder;
    const auto write = [&](std::string_view text) {
        std::ofstream(folder.path + "/senders.new") << text;
        std::filesystem::rename(folder.path + "/senders.new", folder.path + "/senders");
    };
    write("nonsense\n");
    SenderList list(file::Descriptor(::open(folder.path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)), log);
    EXPECT_EQ(list.current(), nullptr);
    config.senders.behavior = site::SendersBehavior::Reject;
    service.emplace(Service::Around{context, resolver, clock, lists, list, outbox, reporting, reflector}, config);
    const auto only = asker(0);
    const auto reply = [&] {
        const std::string message = "From: a@bad.test\r\n\r\nhello\r\n";
        only->send(Examine{.ticket = 5, .client = ip::v4(0xc0000201), .octets = message, .size = message.size()});
        judged.clear();
        turn();
        return judged.size() == 1 ? judged[0].reply.code : 0;
    };
    EXPECT_EQ(reply(), 451);
    config.policy.unavailable = site::WithoutPolicyd::Accept;
    service->replace(config);
    EXPECT_EQ(reply(), 250);
    write("block claimed bad.test 1\n");
    ASSERT_NE(list.current(), nullptr);
    EXPECT_EQ(reply(), 550);
    write("nonsense\n");
    EXPECT_EQ(reply(), 550) << "the last one that could be read stands";
    std::filesystem::remove(folder.path + "/senders");
    EXPECT_EQ(reply(), 250) << "none is an empty one";
}

// RFC 9990 §3.1: two servers must not report about their reports for ever.
TEST_F(Serving, MailThatBringsReportsIsMarkedForTheStatistics) {
    struct Noting final : Collector {
        std::vector<bool> reports;
        void note(const Evaluation& evaluation) override { reports.push_back(evaluation.is_report); }
    } noting;
    Judge judge(resolver, clock);
    judge.tell(&noting);
    config.reports.receive = {"dmarc@l.test"};
    Room room(1 << 20);
    const auto look = [&](const std::string& recipient) -> net::Task<void> {
        const std::string message = "From: a@s.test\r\n\r\nhello\r\n";
        const Content content(message, {}, message.size());
        const Examine asked{.client = ip::v4(0xc0000201), .recipients = {recipient}};
        auto share = co_await room.take(1, clock.steady());
        static_cast<void>(co_await judge.judge(content, asked, config, nullptr, {*share, clock.steady()}));
    };
    for (const std::string recipient : {"u@l.test", "DMARC@l.test"}) {
        boost::asio::co_spawn(context, look(recipient), boost::asio::detached);
        turn();
    }
    EXPECT_EQ(noting.reports, (std::vector<bool>{false, true}));
}

TEST(Reflecting, SendsBackWhatIsProvedToBeTheSenders) {
    provenance::Findings findings;
    EXPECT_FALSE(is_proved(findings, "a@s.test"));
    findings.spf = {{.result = spf::Result::Pass, .domain = "S.test", .name = "a@S.test"}};
    EXPECT_TRUE(is_proved(findings, "a@s.test"));
    EXPECT_FALSE(is_proved(findings, "a@other.test"));
    findings.spf[0].identity = spf::Identity::Helo;
    EXPECT_FALSE(is_proved(findings, "a@s.test"));
    findings.spf[0] = {.result = spf::Result::SoftFail, .domain = "s.test", .name = "a@s.test"};
    findings.author.domain = "s.test";
    findings.dmarc = {.result = dmarc::Result::Pass, .organizational_domain = "s.test"};
    EXPECT_TRUE(is_proved(findings, "a@bounces.s.test"));
    EXPECT_FALSE(is_proved(findings, "victim@other.test")) << "who has proved himself may not have it sent to others";
    findings.dmarc.result = dmarc::Result::Fail;
    EXPECT_FALSE(is_proved(findings, "a@s.test"));
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
